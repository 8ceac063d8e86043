// Comfort on the review page: drag a point, n for the next case (can be switched off), copy the words. Everything works without it.
(() => {
  const KEYS = 'backstop-single-keys';
  const keysOn = () => localStorage.getItem(KEYS) !== 'off';
  const keySwitch = document.getElementById('key-switch');
  const showKeys = () => {
    if (!keySwitch) return;
    keySwitch.hidden = false;
    keySwitch.setAttribute('aria-pressed', String(keysOn()));
    keySwitch.textContent = keysOn() ? 'Single keys are on' : 'Single keys are off';
  };
  keySwitch?.addEventListener('click', () => {
    localStorage.setItem(KEYS, keysOn() ? 'off' : 'on');
    showKeys();
  });
  showKeys();
  document.addEventListener('keydown', (event) => {
    const typing = event.target instanceof Element && event.target.closest('input, select, textarea');
    if (event.key !== 'n' || event.ctrlKey || event.metaKey || event.altKey || typing || !keysOn()) return;
    document.getElementById('next-case')?.click();
  });

  const copy = document.getElementById('copy');
  const text = document.getElementById('addendum');
  if (copy && text instanceof HTMLTextAreaElement) {
    copy.hidden = false;
    copy.addEventListener('click', () => {
      text.select();
      document.execCommand('copy');
      copy.textContent = 'Copied';
    });
  }

  const form = document.getElementById('points-form');
  const svg = document.querySelector('.spine svg');
  if (!(form instanceof HTMLFormElement) || !(svg instanceof SVGSVGElement)) return;
  let held = null;
  const place = (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [Math.min(Math.max(point.x, 0), Number(form.dataset.columns) - 1), Math.min(Math.max(point.y, 0), Number(form.dataset.rows) - 1)];
  };
  svg.addEventListener('pointerdown', (event) => {
    const dot = event.target instanceof Element ? event.target.closest('circle[data-point]') : null;
    if (!dot) return;
    held = dot;
    svg.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  svg.addEventListener('pointermove', (event) => {
    if (!held) return;
    const [x, y] = place(event);
    held.setAttribute('cx', x.toFixed(1));
    held.setAttribute('cy', y.toFixed(1));
    form.elements.namedItem(`${held.dataset.point}-x`).value = x.toFixed(1);
    form.elements.namedItem(`${held.dataset.point}-y`).value = y.toFixed(1);
  });
  svg.addEventListener('pointerup', () => {
    if (!held) return;
    held = null;
    form.requestSubmit();
  });
})();
