// All of lodash-es, 641 modules, for a line of work: the kind of program whose start is mostly loading.
import * as lodash from '../node_modules/lodash-es/lodash.js';

const words = 'the second start of a program need not repeat what the first one found out'.split(' ');
const lengths = lodash.countBy(words, 'length');
console.log(`${lodash.size(lodash.functions(lodash.default))} functions in lodash-es ${lodash.default.VERSION}`);
console.log(lodash.map(lengths, (count, length) => `${count} of ${length}`).join(', '));
