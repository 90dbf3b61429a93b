'use strict';
// What the parts of the package know of each other.

const key = Symbol.for('bmes.started');
if (!process[key]) Object.defineProperty(process, key, { value: { done: false, others: false, reason: undefined } });
const started = process[key];
const traced = process.env.BMES_TRACE === 'json';

// The program runs as if this package were not there; only the trace tells.
function standAside(reason, detail = '') {
  started.reason = reason;
  if (!traced) return;
  const began = performance.now();
  const line = { result: 'off', reason, detail, modules: 0, hits: 0, parsed: 0, refused: 0, file: '', written_bytes: 0, load_ms: 0 };
  process.on('exit', () => {
    require('fs').writeSync(2, JSON.stringify({ ...line, total_ms: performance.now() - began }) + '\n');
  });
}

module.exports = { started, traced, standAside };
