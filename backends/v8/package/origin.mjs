// Node's own resolution, which only an ES module can ask for.
export const { resolve } = import.meta;
