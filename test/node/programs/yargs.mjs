import yargs from 'yargs';
const parser = yargs(process.argv.slice(2)).scriptName('tool').locale('en').exitProcess(false);
parser.command('add <a> [b]', 'adds', (y) => y.option('loud', { type: 'boolean' }), (argv) => console.log('add', argv.a, argv.b, argv.loud));
parser.parse(['add', '1', '2', '--loud']);
console.log(await parser.getHelp());
