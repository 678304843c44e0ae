import { createWindow } from "host:window";
import { sendToWindow, onChannel } from "host:ipc";

await createWindow({ title: "Request and response" });

const populations = new Map([["Lisbon", 546_000], ["Porto", 232_000]]);

// Stands for a real database, which answers some questions sooner than others.
async function fetchFromDatabase(query: string): Promise<number | null> {
  const delay = query === "Lisbon" ? 200 : 0;
  await new Promise((resolve) => setTimeout(resolve, delay));
  return populations.get(query) ?? null;
}

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
