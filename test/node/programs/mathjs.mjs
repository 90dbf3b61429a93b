import { all, create, evaluate } from 'mathjs';
console.log(evaluate('sqrt(3^2 + 4^2)'), create(all, { number: 'BigNumber' }).evaluate('0.1 + 0.2').toString());
