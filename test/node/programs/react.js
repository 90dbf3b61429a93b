const React = require('react');
const { renderToString } = require('react-dom/server');
const List = ({ items }) => React.createElement('ul', null, items.map((i) => React.createElement('li', { key: i }, React.useMemo(() => i * 2, [i]))));
console.log(renderToString(React.createElement(List, { items: [1, 2] })));
