import { store } from "./store";

/** Whether the server can be reached: false from the first request that finds no server until one does. */
export const isReachable = store(true);
