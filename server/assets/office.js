// Two things a page cannot do by itself: search while somebody types, and keep a part fresh while something is under way.
// Both ask for the page itself once more and put its part with the same name into this one; without them the page works by its
// button and its link.
'use strict';

// The part of another look at this page; nothing where the page is another one by now, as after a session has ended.
const look = async (address, part, signal) => {
  const answer = await fetch(address, { signal, redirect: 'error', credentials: 'same-origin' });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const fresh = page.getElementById(part.id);
  // What is the same stays, so that nothing is read out twice and no link loses the focus.
  if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
};

for (const form of document.querySelectorAll('form[data-finds]')) {
  const part = document.getElementById(form.dataset.finds);
  let waiting;
  let asking;
  form.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      asking?.abort();
      asking = new AbortController();
      const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
      part.setAttribute('aria-busy', 'true');
      look(address, part, asking.signal)
        .then(() => history.replaceState(null, '', address))
        .catch(() => {})
        .finally(() => part.removeAttribute('aria-busy'));
    }, 150);
  });
}

for (const part of document.querySelectorAll('[data-renews]')) {
  const again = setInterval(() => {
    // Somebody who is choosing something in there is not disturbed.
    if (part.contains(document.activeElement)) return;
    look(location.pathname, part)
      .then(() => part.querySelector('[data-waits]') || clearInterval(again))
      .catch(() => {});
  }, Number(part.dataset.renews) * 1000);
}
