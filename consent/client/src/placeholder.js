/** Instead of a frame that nobody allowed yet: what it is, whose it is, and two buttons. It takes the room of the frame. */
import {button, make, room} from './dom.js';
import {categories, decide, state} from './state.js';

const places = new Map();

const vendorOf = (frame, code) => {
  const {vendors} = categories().find((one) => one.code === code) || {vendors: []};
  const known = vendors.find((one) => one.code === frame.dataset.vendor);
  return known ? known.name : new URL(frame.dataset.consentSrc, location.href).host;
};

/** The browser says by itself how large the frame is, once it has laid the page out: asking would make it do so now. */
export function block(frame, code) {
  if (!state.notice || places.has(frame) || frame.dataset.once) return;
  places.set(frame);
  const watch = new IntersectionObserver(([{boundingClientRect}]) => {
    watch.disconnect();
    if (places.has(frame)) place(frame, code, boundingClientRect);
  });
  watch.observe(frame);
}

function place(frame, code, {width, height}) {
  const {display, margin, verticalAlign} = getComputedStyle(frame);
  const say = (key) => state.notice.texts[key].replaceAll('{vendor}', vendorOf(frame, code));
  const once = button(say('placeholder.once'), () => {
    frame.dataset.once = 1;
    unblock(frame, true);
  });
  const always = button(say('placeholder.always'), () => {
    decide({[code]: true}, 'choice');
    frame.focus();
  });
  const words = make('div', {class: 'frame', role: 'group', 'aria-label': frame.title}, make('strong', {}, frame.title), make('p', {}, say('placeholder.text')), make('div', {class: 'pair'}, once, always));
  const host = room(words, `:host{display:${display.replace(/^inline$/, 'inline-block')};margin:${margin};vertical-align:${verticalAlign};overflow:hidden;width:${width}px;max-width:100%;min-height:${height}px}`);
  frame.removeAttribute('src');
  frame.hidden = true;
  frame.before(host);
  places.set(frame, host);
}

/** A frame that is allowed, or gone, needs no placeholder. */
export function forget(frame) {
  const place = places.get(frame);
  places.delete(frame);
  if (!place) return;
  place.remove();
  frame.hidden = false;
}

export function unblock(frame, isAsked) {
  forget(frame);
  if (!frame.hasAttribute('src')) frame.src = frame.dataset.consentSrc;
  if (isAsked) frame.focus();
}
