const assert = require('assert');
describe('a suite', () => {
  it('passes', () => assert.ok(true));
  it('fails', () => assert.strictEqual(1, 2));
});
