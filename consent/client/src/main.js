/**
 * The banner: reads the choice, asks where there is none, and lets run what was allowed.
 *
 * Order matters: Consent Mode says "denied" before anything else can run; what was allowed is let in once the notice in force is
 * known, because a category that changed is not allowed any more. Without an answer from our server the choice stands as it was made.
 */
import {applyConsent, begin, denyAll, watch} from './gate.js';
import {loadNotice} from './notice.js';
import {send} from './proofs.js';
import {api, asked, decided, proveUnheard, state} from './state.js';
import {openCentre, showBanner, showLinks} from './view.js';

const script = document.currentScript;
state.site = script.dataset.site;
state.origin = new URL(script.src).origin;

denyAll();
window.OxyConsent = {...api, open: openCentre, watch};
decided((kept) => {
  applyConsent(kept);
  showLinks();
});
loadNotice()
  .then(
    () => {
      proveUnheard();
      applyConsent();
      showLinks();
      if (asked().length) showBanner();
    },
    () => {
      applyConsent();
      showLinks();
    },
  )
  .then(begin)
  .then(send);
