import { chunk, map } from 'lodash-es';
import lodash from 'lodash-es/lodash.default.js';
console.log(map([1, 2], String), chunk([1, 2, 3], 2), lodash.VERSION);
