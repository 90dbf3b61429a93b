import { Command, Option } from 'commander';
const program = new Command('tool');
program.exitOverride().option('-n, --number <n>', 'a number', Number, 3).addOption(new Option('--kind <kind>').choices(['a', 'b']));
program.command('run <file...>').action((files, options, command) => console.log(files, command.parent.opts()));
program.parse(['node', 'tool', '-n', '7', 'run', 'x', 'y']);
try {
  program.parse(['node', 'tool', '--kind', 'c', 'run', 'x']);
} catch (error) {
  console.log(error.code, error.exitCode);
}
program.outputHelp();
