#!/usr/bin/env node
'use strict';
// bmes-node [NODE OPTIONS] app.mjs ARGS: this process becomes Node with the two options that the package needs.
const node = process.execPath;
const argv = [node, '--experimental-vm-modules', '-r', require.resolve('./register.js'), ...process.argv.slice(2)];
try {
  require(`./bmes-${process.versions.modules}.node`).become(node, argv);
} catch (error) {
  require('./aside.js').standAside(error);
}
// Where a process can't become another, a child runs the program.
const child = require('child_process').spawn(node, process.argv.slice(2), { stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => (signal ? process.kill(process.pid, signal) : process.exit(code)));
