// What holds on every page, looked at in the page itself. Each function returns what is wrong, in words.
window.meterpost = (() => {
  const name = (element) => {
    const said = element.getAttribute('aria-label') || element.name || element.textContent || '';
    return `<${element.localName}${element.id ? ` id=${element.id}` : ''}> ${said.trim().slice(0, 40)}`;
  };
  const seen = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
  // Whatever somebody can do something with, and what a page makes a stop by itself.
  const kinds = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex="-1"])';
  const active = () => [...document.querySelectorAll(kinds)]
    .filter((element) => seen(element) && !element.disabled && !element.closest('[aria-hidden=true]'));
  // One of a group of radio buttons is on the way, the arrows reach the others.
  const stops = () => active().filter((element) => element.type !== 'radio' || element.checked);

  // Title, language, one heading of the first rank, a way past the menu, a place to skip to.
  const frame = () => {
    const wrong = [];
    if (!document.title.trim()) wrong.push('no title');
    if (!/^(en|zh-CN)$/.test(document.documentElement.lang)) wrong.push(`language ${document.documentElement.lang}`);
    const first = document.querySelectorAll('h1');
    if (first.length !== 1 || !first[0].textContent.trim()) wrong.push(`${first.length} headings of the first rank`);
    if (document.querySelector('header nav')) {
      const skip = document.querySelector('a.skip');
      if (!skip || !document.querySelector(skip.getAttribute('href'))) wrong.push('no way past the menu');
      if (document.querySelectorAll('header nav [aria-current=page]').length > 1) wrong.push('two places at once');
    }
    return wrong;
  };

  // At this width nothing makes the page scroll sideways (WCAG 1.4.10); what has to be wide scrolls within itself.
  const reflow = () => {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    const out = [...document.querySelectorAll('body *')].filter((element) =>
      seen(element) && !element.closest('.sheet') && element.getBoundingClientRect().right > wide + 0.5);
    return [`${document.documentElement.scrollWidth} wide at ${wide}: ${out.slice(0, 5).map(name).join(', ')}`];
  };

  // 24 by 24 pixels at least (WCAG 2.5.8), but for a link within a sentence.
  const targets = () => active()
    .filter((element) => !(element.localName === 'a' && element.closest('p')) && !element.classList.contains('skip'))
    .map((element) => [element, (element.closest('label') || element).getBoundingClientRect()])
    .filter(([, place]) => place.width < 23.9 || place.height < 23.9)
    .map(([element, place]) => `${name(element)} is ${Math.round(place.width)} by ${Math.round(place.height)}`);

  // The way of the Tab key is written down; where it ends, the page begins again.
  const walked = [];
  const walk = () => {
    document.activeElement.blur();
    window.scrollTo(0, 0);
    // Where the keyboard begins to look for the next stop.
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute('tabindex');
    document.addEventListener('focusin', (event) => walked.push([event.target, drawn(event.target)]));
    return stops().length + 12 * document.querySelectorAll('input[type=date], input[type=time]').length / 2 + 4;
  };
  const drawn = (element) => {
    const style = getComputedStyle(element);
    const place = element.getBoundingClientRect();
    const inside = place.bottom > 0 && place.top < innerHeight && place.right > 0 && place.left < innerWidth;
    return inside && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  };
  const way = () => {
    const wrong = [];
    const wanted = stops();
    // A part that scrolls is a stop of the browser's own.
    const went = walked.filter(([element]) => !element.classList.contains('sheet'));
    const order = [];
    for (const [element, shows] of went) {
      if (order.includes(element)) continue;
      order.push(element);
      if (!shows) wrong.push(`${name(element)} has the focus and does not show it`);
    }
    for (const element of wanted) if (!order.includes(element)) wrong.push(`${name(element)} is not reached`);
    for (const element of order) if (!wanted.includes(element)) wrong.push(`${name(element)} is reached and should not be`);
    const right = wanted.filter((element) => order.includes(element));
    const is = order.filter((element) => wanted.includes(element));
    const first = right.findIndex((element, place) => element !== is[place]);
    if (first >= 0) wrong.push(`${name(is[first])} comes where ${name(right[first])} should`);
    return wrong;
  };
  return { frame, reflow, targets, walk, way };
})();
