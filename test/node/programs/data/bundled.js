import { part } from './part.js';
console.log(part);
