import * as system from "native:system";
export default {
  name: (number) => system.errorName(number) || `Unknown system error ${number}`,
  message: (number) => /^[A-Z0-9]+: (.*), x$/.exec(system.error(number, "x").message)?.[1] ?? `Unknown system error ${number}`,
};
