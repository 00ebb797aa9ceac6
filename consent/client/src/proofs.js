/** Choices on their way to the server. They wait in the browser while it does not answer; the choice itself holds at once. */
import {state} from './state.js';

const NAME = 'oxyconsent';
let waiting = [];

const store = () => {
  try {
    if (waiting.length) localStorage.setItem(NAME, JSON.stringify(waiting));
    else localStorage.removeItem(NAME);
  } catch {
    // A browser that keeps nothing sends what this page knows.
  }
};
const load = () => {
  try {
    waiting = JSON.parse(localStorage.getItem(NAME)) || [];
  } catch {
    waiting = [];
  }
};

export function queue(body) {
  load();
  waiting.push(body);
  store();
  send();
}

/** One after the other, as they were made. Only silence, 429 and 5xx are worth another try, with the next page. */
export async function send() {
  load();
  for (const body of [...waiting]) {
    try {
      const answer = await fetch(`${state.origin}/api/v1/consents`, {
        method: 'POST',
        headers: {'Content-Type': 'application/json'},
        credentials: 'omit',
        keepalive: true,
        body: JSON.stringify(body),
      });
      // Read to its end, or the connection stays open for nothing.
      await answer.text();
      if (answer.status === 429 || answer.status >= 500) return;
    } catch {
      return;
    }
    load();
    waiting = waiting.filter((one) => one.receipt !== body.receipt);
    store();
  }
}
