import { enablePatches, produce, produceWithPatches } from 'immer';
enablePatches();
const before = { a: [1, 2], b: {} };
const after = produce(before, (draft) => void draft.a.push(3));
console.log(after, before.b === after.b, Object.isFrozen(after));
console.log(JSON.stringify(produceWithPatches(before, (draft) => void delete draft.b)[1]));
