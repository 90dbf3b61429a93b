'use strict';
// Preloaded (-r bmes/register): decides whether Node's loader is left alone, before any of the program is read.

const { started, standAside } = require('./state.js');

function words() {
  const inherited = process.env.NODE_OPTIONS;
  return inherited ? process.execArgv.concat(inherited.split(/\s+/)) : process.execArgv;
}

// What these mean is not for two loaders to decide.
const NOT_OURS = [
  [/^--(inspect|debug)/, 'inspector'],
  [/^--(import|loader|experimental-loader)(=|$)/, 'other_loader'],
  [/^--(permission|experimental-permission)(=|$)/, 'permission_model'],
  [/^--test(=|$|-)/, 'test_runner'],
  [/^--watch/, 'watch_mode'],
  [/^(-[cepi]|-pe|--eval|--print|--check|--interactive)(=|$)/, 'no_entry_file'],
  [/^--enable-source-maps$/, 'source_maps'],
  [/^--(no-addons|jitless|frozen-intrinsics|snapshot-blob|build-snapshot|heap-prof|prof|no-lazy)/, 'flag'],
];
// What changes nothing about where specifiers lead, or which code there is.
const HARMLESS = /^(--experimental-vm-modules|--no-warnings|--disable-warning|--max-old-space-size|--max-semi-space-size|--stack-trace-limit|--trace-warnings|--title|--unhandled-rejections|--use-|--tls-|--openssl|--dns)/;

function look() {
  if (started.done) return;
  started.done = true;
  if (process.platform !== 'linux' || process.arch !== 'x64') return standAside('unsupported_platform');
  if (!['127', '137', '147'].includes(process.versions.modules)) return standAside('unsupported_version');
  if (process.env.BMES_CACHE === 'off') return standAside('');
  if (process.env.NODE_V8_COVERAGE) return standAside('coverage');
  const flags = [];
  const all = words();
  for (let i = 0; i < all.length; i++) {
    const word = all[i];
    if (word === '') continue;
    for (const [pattern, reason] of NOT_OURS) if (pattern.test(word)) return standAside(reason, word);
    if (word === '-r' || word === '--require') {
      const other = all[++i];
      if (!/^bmes\/register|[\\/]register\.js$/.test(other)) started.others = true;
    } else if (word.startsWith('--require=')) {
      if (!word.startsWith('--require=bmes/register')) started.others = true;
    } else if (word === '-C' || word === '--conditions') {
      flags.push('--conditions=' + all[++i]);
    } else if (!HARMLESS.test(word)) {
      flags.push(word);
    }
  }
  if (require('vm').SourceTextModule === undefined) return standAside('no_vm_modules');
  require('./loader.js').install(flags.sort(), started);
}

look();
