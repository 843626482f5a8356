// The map of requests: whole without JavaScript, livelier with it, and never asking another server.

export default async function map(story, options) {
  story.step('without JavaScript: drawing and list');
  const plain = await story.open('/map', { javaScript: false });
  story.expect(await plain.locator('.map > svg text').count() > 5, 'streets carry their names');
  const listed = await plain.locator('#map-list h3 a').count();
  story.expect(listed >= Number(options.requests), `the list has the requests: ${listed}`);
  story.expect((await plain.locator('.map svg a').count()) >= 1, 'marks lead to their requests');
  await story.shots(plain, 'map-plain');

  if (options.library !== 'yes') {
    story.step('this build has no map library (make assets): the drawing stays');
    const without = await story.open('/map');
    story.expect(await without.locator('script[src*="map.js"]').count() === 0, 'nothing is loaded in vain');
    return;
  }

  story.step('with JavaScript: streets, labels and requests are drawn');
  const page = await story.open('/map');
  await page.waitForSelector('.live.ready', { timeout: 60_000 });
  await page.waitForFunction(() => Number(document.querySelector('.live').dataset.idle) > 0, null, { timeout: 60_000 });
  await page.waitForFunction(() => document.getElementById('map-note').textContent.includes('part of the map'));
  const labels = Number(await page.getAttribute('.live', 'data-idle'));
  story.expect(labels >= 5, `street names are drawn: ${labels}`);
  // What the canvas shows: land, streets, ground and marks are different colors, so a blank map is noticed.
  const picture = (await page.locator('.live .maplibregl-canvas').screenshot()).toString('base64');
  const tints = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
    const shown = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const copy = document.createElement('canvas');
    [copy.width, copy.height] = [shown.width, shown.height];
    const pen = copy.getContext('2d');
    pen.drawImage(shown, 0, 0);
    const { data } = pen.getImageData(0, 0, copy.width, copy.height);
    const seen = new Map();
    for (let at = 0; at < data.length; at += 4) {
      const tint = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
      seen.set(tint, (seen.get(tint) ?? 0) + 1);
    }
    return [...seen.values()].filter((n) => n > 300).length;
  }, picture);
  story.expect(tints >= 4, `streets, ground and land are drawn: ${tints} colors`);
  const dated = await page.locator('#map-list .when').allTextContents();
  story.expect(dated.length > 0 && dated.every((words) => words.startsWith('Reported ')), `the list says when: ${dated}`);
  story.expect(story.hosts().length === 1, `no other host is asked: ${story.hosts()}`);
  await story.shots(page, 'map-live');
  await story.accessible(page, 'map with JavaScript');

  story.step('the keyboard moves it, and the list follows');
  const before = await page.textContent('#map-note');
  await page.locator('.maplibregl-canvas').focus();
  const asked = page.waitForResponse((answer) => answer.url().includes('/map/tickets?bbox='));
  await page.keyboard.press('ArrowRight');
  story.expect((await asked).ok(), 'moving asks for the requests of that part');
  for (let n = 0; n < 3; n += 1) {
    await page.getByRole('button', { name: 'Zoom out' }).click();
    await page.waitForTimeout(600);
  }
  await page.waitForFunction((n) => document.querySelectorAll('#map-list h3 a').length >= n, Number(options.requests));
  story.expect(before.includes('in this part of the map'), before);

  story.step('the list leads to a request');
  const href = await page.locator('#map-list h3 a').first().getAttribute('href');
  story.expect(/^\/t\/\d\d-\d+$/.test(href), href);
  await Promise.all([page.waitForNavigation(), page.locator('#map-list h3 a').first().click()]);
  story.expect(page.url().includes('/t/'), page.url());
}
