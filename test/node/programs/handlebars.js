const handlebars = require('handlebars');
console.log(handlebars.compile('{{#each list}}<{{this}}>{{/each}}')({ list: ['a', '&'] }));
