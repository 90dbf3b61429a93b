import { Chalk, supportsColor } from 'chalk';
console.log(new Chalk({ level: 3 }).red.bold('red'), supportsColor);
