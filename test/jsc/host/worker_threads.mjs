import { isMainThread, parentPort, resourceLimits, threadId, workerData, threadName } from 'node:worker_threads';
console.log(isMainThread, parentPort, resourceLimits, threadId, workerData, threadName);
