import { strictEqual } from 'node:assert';
await null;
describe('an ES module', () => it('passes', async () => strictEqual(await 1, 1)));
