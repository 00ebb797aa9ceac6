/** What a choice lets in, and what it throws out: tags, frames, Consent Mode, cookies. */
import {block, forget, unblock} from './placeholder.js';
import {categories, isAllowed, optional, state} from './state.js';

const SIGNALS = ['ad_storage', 'ad_user_data', 'ad_personalization', 'analytics_storage', 'functionality_storage', 'personalization_storage', 'security_storage'];
const ran = new Set();
const roots = new Set([document]);
let observer;

function gtag() {
  window.dataLayer ||= [];
  // Google's tag reads the arguments object itself, not an array of the same.
  window.dataLayer.push(arguments);
}

const say = (verb, isGranted) => gtag('consent', verb, Object.fromEntries(SIGNALS.map((one) => [one, isGranted(one) ? 'granted' : 'denied'])));

/** Consent Mode, basic: all denied, before any tag. */
export const denyAll = () => say('default', () => false);

/** `gone`: the categories that were withdrawn just now. */
export function applyConsent(gone = []) {
  say('update', (signal) => categories().some((one) => isAllowed(one.code) && one.signals.includes(signal)));
  sweep();
  // What has run cannot be taken back: the page begins anew, without it.
  if (gone.some((code) => ran.has(code) || !state.notice)) return location.reload();
  roots.forEach((root) => (root.isConnected ? within(root).forEach(settle) : roots.delete(root)));
}

const within = (root) => root.querySelectorAll('[data-consent]');

/** Let an element in where it is allowed, and put a placeholder before a frame that is not. */
function settle(element) {
  const code = element.dataset.consent;
  if (element.dataset.consentSrc) {
    if (isAllowed(code)) unblock(element);
    else block(element, code);
  } else if (element.type === 'text/plain' && isAllowed(code)) run(element, code);
}

/** What a page adds later is treated as what it came with. Begun once the notice in force is known, or will not be. */
export function begin() {
  observer = new MutationObserver((records) => {
    for (const {addedNodes, removedNodes} of records) {
      removedNodes.forEach(forget);
      for (const node of addedNodes) {
        if (!node.dataset) continue;
        if (node.dataset.consent) settle(node);
        within(node).forEach(settle);
      }
    }
  });
  roots.forEach(observe);
}

const observe = (root) => observer.observe(root, {childList: true, subtree: true});

/** A shadow root that a page shows us: nobody else can look into it. What stands in one that is not shown stays blocked. */
export function watch(root) {
  roots.add(root);
  if (!observer) return;
  within(root).forEach(settle);
  observe(root);
}

/**
 * Let a blocked script run: out of the page, its type away, and in again where it was. It is never copied, so its words stay those of
 * the page's author and Trusted Types have nothing to object to.
 */
function run(script, code) {
  const place = document.createComment('');
  script.replaceWith(place);
  if (script.dataset.type) script.type = script.dataset.type;
  else script.removeAttribute('type');
  script.async = script.hasAttribute('async');
  place.replaceWith(script);
  ran.add(code);
}

const isOf = (cookie, name) => (cookie.match === 'prefix' ? name.startsWith(cookie.name) : name === cookie.name);

/** Delete what belongs to a category that is not allowed, and to none that is. */
function sweep() {
  const kept = categories().filter((one) => isAllowed(one.code)).flatMap((one) => one.cookies);
  const doomed = optional().filter((one) => !isAllowed(one.code)).flatMap((one) => one.cookies);
  const goes = (store, name) => doomed.some((one) => one.store === store && isOf(one, name)) && !kept.some((one) => one.store === store && isOf(one, name));
  for (const pair of document.cookie.split('; ')) {
    const name = pair.split('=')[0];
    if (name && goes('cookie', name)) expire(name);
  }
  for (const [store, keeper] of [['local', 'localStorage'], ['session', 'sessionStorage']]) {
    try {
      for (const name of Object.keys(window[keeper])) if (goes(store, name)) window[keeper].removeItem(name);
    } catch {
      // Closed to us, and so to everybody on this page.
    }
  }
}

/** A cookie does not say where it was set: every domain above and every folder of this page is tried. */
function expire(name) {
  const labels = location.hostname.split('.');
  const domains = ['', ...labels.map((_, place) => `;domain=${labels.slice(place).join('.')}`)];
  const folders = location.pathname.split('/').map((_, place, all) => all.slice(0, place + 1).join('/') || '/');
  for (const domain of domains) for (const path of folders) document.cookie = `${name}=;max-age=0;path=${path}${domain}`;
}
