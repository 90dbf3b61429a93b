'use strict';
// Where there is no addon: the program runs as if this package were not there, and only the trace tells.

const reasons = () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'unsupported_platform';
  if (!['127', '137', '147'].includes(process.versions.modules)) return 'unsupported_version';
  return process.permission ? 'permission_model' : 'flag';
};

function standAside(error) {
  if (process.env.BMES_TRACE !== 'json' || !require('worker_threads').isMainThread) return;
  const began = performance.now();
  const line = { result: 'off', reason: reasons(), detail: String(error.message), modules: 0, hits: 0, parsed: 0, refused: 0, file: '', written_bytes: 0, load_ms: 0 };
  process.on('exit', () => {
    require('fs').writeSync(2, JSON.stringify({ ...line, total_ms: performance.now() - began }) + '\n');
  });
}

delete require.cache[__filename];

module.exports = { reasons, standAside };
