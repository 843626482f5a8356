// What every browser story stands on: Chromium with nothing of its own on the network, pages that may ask
// only the servers of the story, screenshots in four looks, and the accessibility check.

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import { chromium } from 'playwright-core';

const shotsFolder = fileURLToPath(new URL('./shots/', import.meta.url));

/** Sizes that pages are looked at, in CSS pixels. */
export const devices = {
  desktop: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
};

// The first line is for a machine without a sandbox of its own (root, containers); the rest keeps the
// browser from asking its maker's servers anything.
const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage',
  // Maps draw with WebGL; without a graphics card Chromium does so in software only when told to.
  '--enable-unsafe-swiftshader',
  '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--no-first-run', '--no-default-browser-check', '--force-color-profile=srgb',
];

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** One story's browser: what it opened, and everything that went wrong on the way. */
export class Story {
  constructor(name, base) {
    this.name = name;
    this.base = base;
    this.allowedHosts = new Set([new URL(base).host]);
    this.problems = [];
    this.expected = [];
    this.asked = new Set();
  }

  async start() {
    const executablePath = process.env.ONIT_CHROMIUM ?? '/usr/bin/chromium';
    this.browser = await chromium.launch({ executablePath, args: flags });
  }

  async end() {
    await this.browser?.close();
  }

  /** Another server of this story that pages may ask (the town square has a port of its own). */
  allow(url) {
    this.allowedHosts.add(new URL(url).host);
  }

  /** A problem that matches is part of the story (a 404 that is looked at on purpose). */
  expectProblem(pattern) {
    this.expected.push(pattern);
  }

  /** Says on the test's output what the story does now. */
  step(words) {
    console.log(`  ${words}`);
  }

  /**
   * A page of its own (own cookies). `device`: desktop or phone; `scheme`: light or dark;
   * `javaScript: false` shows what works without it; `locale` is the browser's language.
   */
  async open(path = '/', { device = 'desktop', scheme = 'light', javaScript = true, locale = 'en-US' } = {}) {
    const context = await this.browser.newContext({
      ...devices[device],
      baseURL: this.base,
      colorScheme: scheme,
      javaScriptEnabled: javaScript,
      locale,
      serviceWorkers: 'block',
    });
    await context.route('**/*', (route) => this.#guard(route));
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => this.#problem(`script error: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.#problem(`console: ${message.text()} (${message.location().url})`);
    });
    await page.goto(path);
    return page;
  }

  /** Screenshots of the page as it is now: desktop and phone, light and dark, in shots/NAME-DEVICE-SCHEME.png. */
  async shots(page, name) {
    await mkdir(shotsFolder, { recursive: true });
    const before = page.viewportSize();
    for (const [device, { viewport }] of Object.entries(devices)) {
      await page.setViewportSize(viewport);
      for (const scheme of ['light', 'dark']) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
        await page.screenshot({ path: `${shotsFolder}${name}-${device}-${scheme}.png`, fullPage: true });
      }
      const sideways = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return scrollWidth - clientWidth;
      });
      if (sideways > 0) this.#problem(`${name} on ${device}: scrolls ${sideways} px sideways`);
    }
    await page.emulateMedia({ colorScheme: null, reducedMotion: null });
    if (before) await page.setViewportSize(before);
  }

  /** Every accessibility finding on the page as it is now, in light and dark, is a problem. */
  async accessible(page, name) {
    for (const scheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme: scheme });
      const { violations } = await new AxeBuilder({ page }).withTags(rules).analyze();
      for (const { id, help, nodes } of violations) {
        const where = nodes.slice(0, 3).map((node) => node.target.join(' ')).join('; ');
        this.#problem(`${name} (${scheme}): ${id}: ${help} (${nodes.length}x: ${where})`);
      }
    }
    await page.emulateMedia({ colorScheme: null });
  }

  /** Every host that a page of this story asked for anything. */
  hosts() {
    return [...this.asked];
  }

  /** Fails the story unless `truth` holds. */
  expect(truth, words) {
    if (!truth) throw new Error(`expected: ${words}`);
  }

  async #guard(route) {
    const url = new URL(route.request().url());
    if (url.host) this.asked.add(url.host);
    if (['data:', 'blob:'].includes(url.protocol) || this.allowedHosts.has(url.host)) return route.continue();
    this.#problem(`asked another server: ${url.origin}${url.pathname}`);
    return route.abort();
  }

  #problem(words) {
    if (!this.expected.some((pattern) => pattern.test(words))) this.problems.push(words);
  }
}
