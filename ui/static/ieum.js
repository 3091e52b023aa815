// The frame's few habits that Streamlit has no switch for. It is part of the first HTML (serve/page.py), so that no run of the script carries it.
'use strict';
(() => {
  const data = document.getElementById('ieum-words');
  const WORDS = data ? JSON.parse(data.textContent) : {};
  const PHONE = matchMedia('(max-width: 768px)');
  const main = () => document.querySelector('[data-testid="stMain"]');
  const base = () => location.pathname.replace(/[^/]*$/, '');
  const lang = () => document.documentElement.lang || 'ko';

  // --- Language, and Streamlit's English controls in it --------------------------------------------------------------
  const NAME = '{name}';
  const pairs = (from) => Object.entries((WORDS.ko || {}).theirs || {}).map(([en, ko]) => (from === 'en' ? [en, ko] : [ko, en]));
  const tables = { ko: pairs('en'), en: pairs('ko') };
  const whole = Object.fromEntries(Object.entries(tables).map(([name, list]) => [name, new Map(list)]));
  // 'Remove Gwanak-gu': what stands in for the name is kept.
  const parts = Object.fromEntries(Object.entries(tables).map(([name, list]) => [name, list.filter(([from]) => from.includes(NAME)).map(([from, to]) => [...from.split(NAME), to])]));
  const told = (text) => {
    const found = (whole[lang()] || whole.en).get(text);
    if (found) return found;
    for (const [before, after, to] of parts[lang()] || []) {
      if (text.startsWith(before) && text.endsWith(after) && text.length > before.length + after.length) return to.replace(NAME, text.slice(before.length, text.length - after.length));
    }
    return text;
  };
  const ATTRIBUTES = ['aria-label', 'placeholder', 'title', 'alt'];
  const NAMED = ATTRIBUTES.map((name) => `[${name}]`).join(',');
  const SPOKEN = '[data-testid^="stFileUploader"], [data-testid="stSelectboxVirtualDropdown"], [data-testid="stStatusWidget"], [data-baseweb="popover"], [data-testid="stNumberInput"], [data-testid="stDialog"], [data-testid="stSkipToContent"], [data-testid="stMultiSelect"]';
  const translate = () => {
    for (const one of document.querySelectorAll(NAMED)) {
      for (const name of ATTRIBUTES) {
        const now = one.getAttribute(name);
        if (now && told(now) !== now) one.setAttribute(name, told(now));
      }
    }
    for (const place of document.querySelectorAll(SPOKEN)) {
      const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
      for (let node = texts.nextNode(); node; node = texts.nextNode()) {
        const now = node.nodeValue.trim();
        if (now && told(now) !== now) node.nodeValue = told(now);
      }
    }
  };

  // --- What a screen reader is told when another page opens -----------------------------------------------------------
  const live = document.createElement('div');
  live.className = 'ieum-unseen';
  live.setAttribute('aria-live', 'polite');
  document.body.append(live);
  let titled = '';
  let kept = '';

  // Streamlit's menu with groups is a list that holds no items: its groups are named, and what is no list says that it is none.
  const menu = () => {
    for (const one of document.querySelectorAll('[data-testid="stSidebarNavItems"], [data-testid="stSidebarNavItems"] li')) {
      if (one.getAttribute('role') !== 'none') one.setAttribute('role', 'none');
    }
    for (const head of document.querySelectorAll('[data-testid="stNavSectionHeader"]')) {
      const group = head.parentElement;
      if (group.getAttribute('aria-label') === head.textContent) continue;
      group.setAttribute('role', 'group');
      group.setAttribute('aria-label', head.textContent);
    }
  };

  // --- A button that opens a panel (what is new, what can be taken along), and what is copied from one ------------------
  const turn = (box, on) => {
    box.querySelector('.ieum-panel').hidden = !on;
    box.querySelector('[aria-expanded]').setAttribute('aria-expanded', String(on));
    const said = box.querySelector('[role=status]');
    if (said) said.textContent = '';
  };
  const opened = () => [...document.querySelectorAll('.ieum-opens:has(> [aria-expanded=true])')];
  const copy = async (text, button) => {
    try { await navigator.clipboard.writeText(text); }
    catch {  // a page that is not served securely has no clipboard of its own
      const field = document.createElement('textarea');
      field.value = text;
      field.style.cssText = 'position: fixed; opacity: 0';
      button.after(field);
      field.select();
      document.execCommand('copy');
      button.focus();
      field.remove();
    }
  };
  document.addEventListener('click', async (event) => {
    const button = event.target instanceof Element && event.target.closest('.ieum-opens button');
    if (!button) return;
    const box = button.closest('.ieum-opens');
    if (button.parentElement === box) {
      const panel = box.querySelector('.ieum-panel');
      panel.querySelectorAll('a[data-file]').forEach((one) => { one.href = `${panel.dataset.address}&${one.dataset.file}`; });
      turn(box, panel.hidden);
      if (box.matches('.ieum-share') && button.getAttribute('aria-expanded') === 'true') panel.querySelector('button').focus();
      return;
    }
    const { copyLink } = button.dataset;
    const text = copyLink ? location.origin + copyLink : main().querySelector('.ieum-lead')?.textContent;
    if (!text) return;
    await copy(text, button);
    const said = box.querySelector('[role=status]');
    said.textContent = said.dataset.copied;
  });
  document.addEventListener('pointerdown', (event) => opened().forEach((box) => box.contains(event.target) || turn(box, false)));
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    opened().forEach((box) => {
      turn(box, false);
      box.querySelector('[aria-expanded]').focus();
    });
  });
  // A press on what takes no focus gives it to something around the panel: only where the focus goes elsewhere the panel closes.
  document.addEventListener('focusout', ({ relatedTarget: to }) => opened().forEach((box) => to && !to.contains(box) && !box.contains(to) && turn(box, false)));

  // --- What has changed since the last visit: asked once the page stands, so that no run of it waits ------------------
  // A visit ends half an hour after the overview was last opened. Without an account the browser alone remembers it.
  const IDLE_MS = 1800000;
  const visited = (city) => {
    try {
      const name = `ieum_seen_${city}`;
      const known = JSON.parse(localStorage.getItem(name) || '{}');
      const now = Date.now();
      const before = known.at && now - known.at > IDLE_MS ? known.at : known.before || 0;
      localStorage.setItem(name, JSON.stringify({ at: now, before }));
      return before ? new Date(before).toISOString().slice(0, 16) : '';
    } catch { return ''; }  // a browser that keeps nothing has no last visit
  };
  const made = (tag, text, more = {}) => Object.assign(document.createElement(tag), text ? { textContent: text } : {}, more);
  const told_of = (box, found) => {
    const call = found.blocks.find((one) => one.type === 'callout');
    if (!call || !call.items.length) return;
    const open = made('button', '', { type: 'button' });
    open.innerHTML = '<svg width="16" height="16" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M6 9a6 6 0 0 1 12 0c0 6 2 7 2 7H4s2-1 2-7M10 20a2 2 0 0 0 4 0"/></svg>';
    open.append(made('span', box.dataset.said.replace('{n}', call.items.length)));
    open.setAttribute('aria-expanded', 'false');
    open.setAttribute('aria-controls', 'ieum-news');
    const list = made('div', '', { id: 'ieum-news', className: 'ieum-panel', hidden: true });
    const rows = made('ul', '');
    const link = (go) => made('a', go.label, { href: address(go.page, go.choices) });
    call.items.forEach((one) => {
      const row = made('li', '');
      row.append(made('strong', one.kind), ` ${one.text} `);
      if (one.go) row.append(link(one.go));
      rows.append(row);
    });
    list.append(made('p', found.sentence), rows, ...call.ways.map(link));
    box.replaceChildren(open, list);
  };
  const bell = () => {
    const box = document.querySelector('.ieum-bell');
    if (!box) return;
    const asked = `${box.dataset.city} ${box.dataset.lang} ${box.dataset.since}`;
    if (box.ieumAsked === asked) return;
    box.ieumAsked = asked;
    box.replaceChildren();
    const since = box.dataset.since || visited(box.dataset.city);
    if (!since) return;
    const query = new URLSearchParams({ since, lang: box.dataset.lang, city: box.dataset.city });
    setTimeout(async () => {
      try {
        const said = await fetch(`${base()}api/answers/overview.news?${query}`);
        if (said.ok && box.ieumAsked === asked) told_of(box, await said.json());
      } catch { /* the page stands without it */ }
    }, 300);
  };

  let waits = false;
  const look = () => {
    waits = false;
    const marker = document.querySelector('.ieum-page');
    if (marker && marker.dataset.lang && marker.dataset.lang !== lang()) document.documentElement.lang = marker.dataset.lang;
    const keep = document.querySelector('.ieum-keep');
    if (keep && keep.dataset.name !== undefined) {
      const cookie = `${keep.dataset.name}=${encodeURIComponent(keep.dataset.value)}`;
      const life = keep.dataset.value ? 31536000 : 0;
      if (cookie !== kept) document.cookie = `${cookie}; path=${base()}; max-age=${life}; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`;
      kept = cookie;
    }
    if (document.title !== titled) {
      if (titled) live.textContent = document.title;
      titled = document.title;
    }
    translate();
    menu();
    bell();
  };
  new MutationObserver(() => {
    if (waits) return;
    waits = true;
    requestAnimationFrame(look);
  }).observe(document.documentElement, { subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
  look();

  // --- The phone's menu closes on a choice ------------------------------------------------------------------------------
  const closeMenu = () => {
    const bar = document.querySelector('[data-testid="stSidebar"][aria-expanded="true"]');
    const button = bar && bar.querySelector('[data-testid="stSidebarCollapseButton"] button');
    if (button) button.click();
    return Boolean(button);
  };
  document.addEventListener('click', (event) => {
    if (!PHONE.matches || !(event.target instanceof Element)) return;
    const bar = event.target.closest('[data-testid="stSidebar"]');
    if (bar ? event.target.closest('[data-testid="stSidebarNavLink"], [data-testid="stPageLink"] a, [data-testid="stButtonGroup"] button') : event.target.closest('[data-testid="stMain"]')) setTimeout(closeMenu);
  });

  // --- A link of ours opens without loading the page anew, as the browser's back button does ---------------------------
  const go = (address) => {
    if (address === location.pathname + location.search) return;
    history.pushState({}, '', address);
    dispatchEvent(new PopStateEvent('popstate', { state: {} }));
    const box = main();
    if (box) box.scrollTo(0, 0);
  };
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element && event.target.closest('[data-testid="stHtml"] a[href]');
    if (!link || link.origin !== location.origin || link.hasAttribute('download') || /\/(api|app|media|auth)\//.test(link.pathname)) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });

  // --- The search at the head: '/' leads there, what is found stands beneath while one types ------------------------------
  const MOST = 8;
  const address = (page, choices) => {
    const asked = new URLSearchParams(choices);
    const here = new URLSearchParams(location.search);
    for (const name of ['lang', 'city', 'view']) if (here.has(name)) asked.set(name, here.get(name));
    const query = asked.toString();
    return `${base()}${page === 'overview' ? '' : page}${query ? `?${query}` : ''}`;
  };
  const close = (form) => {
    const list = form.querySelector('ul');
    list.hidden = true;
    form.querySelector('input').setAttribute('aria-expanded', 'false');
    form.querySelector('input').removeAttribute('aria-activedescendant');
  };
  const row = (name, kind, said, href, place) => {
    const one = document.createElement('li');
    one.setAttribute('role', 'option');
    one.id = `ieum-found-${place}`;
    one.dataset.href = href;
    one.setAttribute('aria-selected', 'false');
    [['strong', name], ['span', kind], ['small', said]].forEach(([tag, text]) => {
      if (!text) return;
      const part = document.createElement(tag);
      part.textContent = text;
      one.append(part, ' ');
    });
    return one;
  };
  const show = (form, rows, note) => {
    const list = form.querySelector('ul');
    list.replaceChildren(...rows);
    if (note) {
      const quiet = document.createElement('li');
      quiet.className = 'note';
      quiet.setAttribute('role', 'option');
      quiet.setAttribute('aria-disabled', 'true');
      quiet.textContent = note;
      list.append(quiet);
    }
    list.hidden = false;
    form.querySelector('input').setAttribute('aria-expanded', 'true');
  };
  let asking = 0;
  let waiting = 0;
  const ask = async (form) => {
    const typed = form.querySelector('input').value.trim();
    const mine = ++asking;
    if (!typed) {
      close(form);
      return;
    }
    const query = new URLSearchParams({ q: typed, lang: lang(), city: form.dataset.city });
    let found;
    try {
      const said = await fetch(`${base()}api/answers/search?${query}`);
      if (!said.ok) throw new Error(said.status);
      found = await said.json();
    } catch {
      if (mine === asking) show(form, [], form.dataset.down);
      return;
    }
    if (mine !== asking || document.activeElement !== form.querySelector('input')) return;
    const table = found.blocks[0] && found.blocks[0].type === 'table' ? found.blocks[0].rows : [];
    if (!table.length) {
      show(form, [], found.sentence);
      return;
    }
    const rows = table.slice(0, MOST).map(([name, kind, said], place) => row(name.text, kind, said, address(name.go.page, name.go.choices), place));
    if (table.length > MOST) rows.push(row(form.dataset.every, '', '', address('search', [['q', typed]]), MOST));
    show(form, rows);
  };
  const open = (form, one) => {
    const box = form.querySelector('input');
    asking += 1;
    close(form);
    box.value = '';
    box.blur();
    go(one.dataset.href);
  };
  const formOf = (event) => event.target instanceof Element && event.target.closest('.ieum-search');
  document.addEventListener('input', (event) => {
    const form = formOf(event);
    if (!form) return;
    clearTimeout(waiting);
    waiting = setTimeout(ask, 120, form);
  });
  document.addEventListener('keydown', (event) => {
    const form = formOf(event);
    if (!form) {
      const typing = event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable="true"]');
      const box = document.querySelector('.ieum-search input');
      if (event.key === '/' && box && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        box.focus();
      }
      return;
    }
    event.stopPropagation();
    const box = form.querySelector('input');
    const rows = [...form.querySelectorAll('[role="option"][data-href]')];
    const now = rows.findIndex((one) => one.getAttribute('aria-selected') === 'true');
    if (event.key === 'Escape') {
      close(form);
    } else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && rows.length && !form.querySelector('ul').hidden) {
      event.preventDefault();
      const next = (now + (event.key === 'ArrowDown' ? 1 : -1) + rows.length + (now < 0 && event.key === 'ArrowUp' ? 1 : 0)) % rows.length;
      rows.forEach((one, place) => one.setAttribute('aria-selected', String(place === next)));
      rows[next].scrollIntoView({ block: 'nearest' });
      box.setAttribute('aria-activedescendant', rows[next].id);
    } else if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      const chosen = rows[now];
      if (chosen && !form.querySelector('ul').hidden) open(form, chosen);
      else if (box.value.trim()) open(form, { dataset: { href: address('search', [['q', box.value.trim()]]) } });
    }
  }, true);
  document.addEventListener('submit', (event) => {
    if (formOf(event)) event.preventDefault();
  }, true);
  document.addEventListener('mousedown', (event) => {
    if (formOf(event) && event.target.closest('ul')) event.preventDefault();
  });
  document.addEventListener('click', (event) => {
    const form = formOf(event);
    document.querySelectorAll('.ieum-search').forEach((one) => one !== form && close(one));
    const one = form && event.target.closest('[role="option"][data-href]');
    if (one) open(form, one);
  });
  document.addEventListener('focusout', (event) => {
    const form = formOf(event);
    if (form && !form.contains(event.relatedTarget)) close(form);
  });

  // --- On paper a chart keeps its pixels and is cut at the margin: with a viewBox it scales to the sheet (ieum.css) -------
  addEventListener('beforeprint', () => {
    document.querySelectorAll('.js-plotly-plot .svg-container').forEach((box) => {
      const sheet = box.querySelector('svg.main-svg');
      const [w, h] = [sheet.getAttribute('width'), sheet.getAttribute('height')].map(parseFloat);
      box.style.aspectRatio = `${w} / ${h}`;
      box.querySelectorAll('svg.main-svg').forEach((svg) => svg.setAttribute('viewBox', `0 0 ${w} ${h}`));
    });
  });
  addEventListener('afterprint', () => {
    document.querySelectorAll('.js-plotly-plot .svg-container').forEach((box) => {
      box.style.aspectRatio = '';
      box.querySelectorAll('svg.main-svg').forEach((svg) => svg.removeAttribute('viewBox'));
    });
  });
})();
