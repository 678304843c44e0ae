import { sendToWindow, onChannel } from "host:ipc";

// Deno: Handle requests and send responses
onChannel("fetch-data", async (payload, windowId) => {
  const { requestId, query } = payload as { requestId: string; query: string };

  // Process the request
  const result = await fetchFromDatabase(query);

  // Send response with matching requestId
  await sendToWindow(windowId, "fetch-response", {
    requestId,
    data: result,
  });
});
