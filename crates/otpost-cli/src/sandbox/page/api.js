// The sandbox's API.

// An error whose message is meant for the page.
export class ApiError extends Error {}

const TOKEN = "the sandbox requires its token: open this page with ?token=TOKEN";

export async function request(method, path, body) {
  const options = { method, headers: {} };
  if (body !== undefined) {
    options.headers["content-type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new ApiError("the sandbox does not respond");
  }
  if (response.status === 401) {
    throw new ApiError(TOKEN);
  }
  const text = await response.text();
  if (!response.ok) throw new ApiError(reason(text) ?? `the sandbox responded with ${response.status}`);
  return text === "" ? null : JSON.parse(text);
}

// The text of an error response, which is JSON or plain text.
function reason(text) {
  try {
    const { error } = JSON.parse(text);
    if (typeof error === "string") return error;
    if (typeof error?.message === "string") return error.message;
  } catch {
    // Plain text.
  }
  return text === "" || text.length > 300 ? null : text;
}

const RETRY_MILLISECONDS = 1000;

// Listens to the server's events until the page is closed, and connects again when the server
// restarts. `opened` is called for each connection, since events may have been missed before it, and `denied`
// when the server requires a token.
export function listen(handlers) {
  const { opened, lost, denied, ...events } = handlers;
  const source = new EventSource("api/events");
  source.addEventListener("open", opened);
  for (const [name, handler] of Object.entries(events)) {
    source.addEventListener(name, (event) => handler(event.data ? JSON.parse(event.data) : null));
  }
  source.addEventListener("error", async () => {
    // The browser's own retries can be several seconds apart, and end after a refused connection
    // in some browsers.
    source.close();
    lost();
    // The event does not tell a missing token from a server that is gone.
    const response = await fetch("api/gateways").catch(() => null);
    if (response?.status === 401) denied(new ApiError(TOKEN));
    else setTimeout(() => listen(handlers), RETRY_MILLISECONDS);
  });
}
