import { broadcast, onEvent } from "host:ipc";

// Track all window IDs
const windows = new Set<string>();

onEvent((event) => {
  windows.add(event.windowId);

  // Broadcast state changes to all windows
  if (event.channel === "state-change") {
    broadcast(
      Array.from(windows),
      "state-update",
      event.payload
    );
  }
});
