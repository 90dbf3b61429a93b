import postcss, { Rule } from 'postcss';
const root = postcss.parse('a { color: red }');
root.append(new Rule({ selector: 'b' }).append({ prop: 'top', value: '0' }));
console.log(root.toResult().css);
try {
  postcss.parse('a {');
} catch (error) {
  console.log(error.name, error.reason, error.line);
}
