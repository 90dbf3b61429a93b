import { marked } from 'marked';
console.log(marked.parse('# A *title*\n\n| a | b |\n|---|---|\n| 1 | 2 |\n'));
