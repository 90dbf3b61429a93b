import { customAlphabet, nanoid } from 'nanoid';
console.log(nanoid().length, customAlphabet('a', 5)());
