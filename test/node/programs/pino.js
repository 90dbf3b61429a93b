const pino = require('pino');
const log = pino({ timestamp: false, base: null, redact: ['secret'] });
log.info({ secret: 1, a: 2 }, 'told');
log.child({ of: 'child' }).error(new RangeError('x').message);
