const Ajv = require('ajv');
const ajv = new Ajv({ allErrors: true });
const validate = ajv.compile({ type: 'object', properties: { a: { type: 'integer', minimum: 3 } }, required: ['a', 'b'] });
console.log(validate({ a: 1 }), ajv.errorsText(validate.errors));
