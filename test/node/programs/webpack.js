const webpack = require('webpack');
const path = require('path');
const { createFsFromVolume, Volume } = require('memfs');
const compiler = webpack({ mode: 'development', devtool: false, context: __dirname, entry: './data/bundled.js', output: { path: '/out', pathinfo: false } });
compiler.outputFileSystem = createFsFromVolume(new Volume());
compiler.run((error, stats) => {
  console.log(error, [...stats.compilation.modules].map((m) => path.basename(m.identifier())));
  console.log(compiler.outputFileSystem.readFileSync('/out/main.js', 'utf8').length > 100);
  compiler.close(() => {});
});
