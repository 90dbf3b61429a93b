'use strict';
const { started } = require('./state.js');

/** Starts what `-r bmes/register` starts, for modules that are loaded from now on. */
function start() {
  require('./register.js');
  return status();
}

function status() {
  return { active: started.done && started.reason === undefined, reason: started.reason ?? '' };
}

module.exports = { start, status };
