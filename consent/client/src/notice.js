import {state} from './state.js';

/** The languages of the build: one file of texts each. */
const languages = LANGUAGES;
/** So long a page waits for the notice before what was allowed earlier runs without it, in milliseconds. */
const PATIENCE = 5000;

export async function loadNotice() {
  const wanted = document.documentElement.lang.slice(0, 2);
  state.language = languages.includes(wanted) ? wanted : languages[0];
  const stop = new AbortController();
  setTimeout(() => stop.abort(), PATIENCE);
  const answer = await fetch(`${state.origin}/consent/v1/${state.site}/${state.language}.json`, {credentials: 'omit', signal: stop.signal});
  if (!answer.ok) throw answer.status;
  state.notice = await answer.json();
}
