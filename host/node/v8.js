// node:v8: what does not depend on the engine. There are no snapshots to build here, and Node says so of itself, too.
import { coded } from "host:errors";
import { load } from "native:util";

const notBuilding = () => coded(Error, "ERR_NOT_BUILDING_SNAPSHOT", "Operation cannot be invoked when not building startup snapshot");
const refused = (name) => ({ [name](callback, data) { throw notBuilding(); } })[name];

const startupSnapshot = {
  addDeserializeCallback: refused("addDeserializeCallback"), addSerializeCallback: refused("addSerializeCallback"),
  setDeserializeMainFunction: refused("setDeserializeMainFunction"), isBuildingSnapshot: function isBuildingSnapshot() { return 0; },
};

const serialization = () => load("host:v8_serialization");
export default {
  startupSnapshot,
  serialize: function serialize(value) { return serialization().serialize(value); },
  deserialize: function deserialize(buffer) { return serialization().deserialize(buffer); },
};
