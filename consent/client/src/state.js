/** What was chosen. The choice lives in a first-party cookie; docs/consent-contract.md has its form. */
import {queue} from './proofs.js';

const NAME = 'oxyconsent';
const DAY = 864e5;

export const state = {site: '', origin: '', language: '', notice: null};
const listeners = new Set();
const followers = new Set();

const read = () => {
  try {
    const found = JSON.parse(decodeURIComponent(document.cookie.split('; ').find((one) => one.startsWith(NAME + '=')).slice(NAME.length + 1)));
    return found.v === 1 ? found : {};
  } catch {
    return {};
  }
};
/** `c`: of each category, whether it is allowed, the version that was answered, and the day; `i`: who allows something; `r`: the last receipt. */
const choice = {v: 1, c: {}, ...read()};

const months = (day) => {
  const end = new Date(day * DAY);
  const date = end.getUTCDate();
  end.setUTCMonth(end.getUTCMonth() + (state.notice ? state.notice.months : 6));
  // A month without such a day ends with its last one.
  if (end.getUTCDate() !== date) end.setUTCDate(0);
  return end;
};

export const categories = () => (state.notice ? state.notice.categories : []);
export const optional = () => categories().filter((one) => !one.locked);

/** Answered, for what the category is today, and not longer ago than the months of the notice. */
const isAnswered = (category) => {
  const [, version, day] = choice.c[category.code] || [];
  return version >= category.version && months(day) > new Date();
};
export const asked = () => optional().filter((one) => !isAnswered(one));
export const isRenewed = () => optional().some((one) => choice.c[one.code]);

export const isAllowed = (code) => {
  const category = categories().find((one) => one.code === code);
  if (category && category.locked) return true;
  const [allowed] = choice.c[code] || [];
  return !!allowed && (!state.notice || (!!category && isAnswered(category)));
};
export const isAnythingAllowed = () => Object.keys(choice.c).some(isAllowed);
export const hasSignal = () => !!(state.notice && state.notice.gpc && navigator.globalPrivacyControl);

/** The day of the last answer, and where its proof stands. */
export const last = () => Math.max(...Object.values(choice.c).map(([, , day]) => day));
/** With the number of this browser the page shows its other choices too; the address that it then has, without it, does not. */
export const proof = () => choice.r && page(`consent/receipts/${choice.r}/${choice.i ? '?browser=' + choice.i : ''}`);
/** A page of ours in the language of this one. */
export const page = (path) => `${state.origin}/${state.language === 'en' ? '' : state.language + '/'}${path}`;

/** Version 4, also where the page came by http: crypto.randomUUID is missing there. */
const uuid = () =>
  '10000000-1000-4000-8000-100000000000'.replace(/[018]/g, (one) => (one ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (one / 4)))).toString(16));

const write = () => {
  const now = new Date();
  const age = (months(Math.floor(now / DAY)) - now) / 1000;
  // Who allows nothing is given no number to be known by; the receipt of this page is shown, and not kept. Only a withdrawal whose proof
  // cannot be made yet keeps it until then.
  const {i, r, ...anonymous} = choice;
  const kept = isAnythingAllowed() || !state.notice ? choice : anonymous;
  document.cookie = `${NAME}=${encodeURIComponent(JSON.stringify(kept))};path=/;max-age=${Math.floor(age)};samesite=lax${location.protocol === 'https:' ? ';secure' : ''}`;
};

const methodOf = (button, was, now) => {
  const all = Object.values(now);
  if (button === 'withdrawal' || was.some((code) => !now[code])) return 'withdrawal';
  if (button === 'accept_all' && all.every(Boolean)) return button;
  if (button === 'refuse_all' && !all.some(Boolean)) return button;
  return 'choice';
};

/**
 * Take a choice about some categories; the others stay as they are.
 *
 * What was withdrawn comes back, for its tags to be stopped.
 */
export function decide(wanted, button) {
  const at = new Date();
  const was = optional().map((one) => one.code).filter(isAllowed);
  for (const {code, version} of optional()) if (code in wanted) choice.c[code] = [+wanted[code], version, Math.floor(at / DAY)];
  const choices = Object.fromEntries(optional().map((one) => [one.code, isAllowed(one.code)]));
  const method = methodOf(button, was, choices);
  if (isAnythingAllowed()) choice.i ||= uuid();
  choice.r = uuid();
  queue({
    receipt: choice.r,
    consent_id: choice.i || null,
    site: state.site,
    notice: state.notice.notice,
    language: state.language,
    method,
    choices,
    signal: hasSignal() ? 'gpc' : null,
    at: at.toISOString(),
  });
  write();
  if (!isAnythingAllowed()) delete choice.i;
  tell(was.filter((code) => !choices[code]));
}

const tell = (gone) => {
  followers.forEach((follow) => follow(gone));
  listeners.forEach((listen) => listen(api.get()));
};

/** Withdraw everything while the notice cannot be had: it holds at once, and its proof is made with the next notice. */
export function withdrawUnheard() {
  const gone = Object.keys(choice.c).filter(isAllowed);
  for (const answer of Object.values(choice.c)) [answer[0], answer[2]] = [0, Math.floor(new Date() / DAY)];
  write();
  tell(gone);
}

/** The proof of such a withdrawal: there is a number, and nothing is allowed. */
export function proveUnheard() {
  if (choice.i && !Object.values(choice.c).some(([allowed]) => allowed)) decide({}, 'withdrawal');
}

/** Called with the withdrawn categories after each choice, before the page hears of it. */
export const decided = (follow) => followers.add(follow);

export const api = {
  get: () => ({
    site: state.site,
    choices: Object.fromEntries(
      state.notice ? categories().map((one) => [one.code, isAllowed(one.code)]) : Object.keys(choice.c).map((code) => [code, isAllowed(code)]),
    ),
    isAsked: !state.notice || !!asked().length,
    signal: hasSignal() ? 'gpc' : null,
    receipt: choice.r || null,
  }),
  on: (event, listen) => {
    if (event === 'change') listeners.add(listen);
    return () => listeners.delete(listen);
  },
};
