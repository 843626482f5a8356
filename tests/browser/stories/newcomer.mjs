// What a newcomer does in the demo: posts in the town square, sees "On it", closes the request as staff with a
// photo, sees "Fixed" in the thread; then files a report by the form and looks at every page on the way.

/** A photo as a crew would take it: drawn in the browser, so that no picture lies in the repository. */
async function photo(page) {
  const base64 = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [1200, 800];
    const draw = canvas.getContext('2d');
    const night = draw.createLinearGradient(0, 0, 0, 800);
    night.addColorStop(0, '#0b1a2b');
    night.addColorStop(1, '#26384a');
    draw.fillStyle = night;
    draw.fillRect(0, 0, 1200, 800);
    draw.fillStyle = '#39424a';
    draw.fillRect(590, 180, 20, 560);
    const glow = draw.createRadialGradient(600, 170, 10, 600, 260, 420);
    glow.addColorStop(0, 'rgba(255,236,170,1)');
    glow.addColorStop(1, 'rgba(255,236,170,0)');
    draw.fillStyle = glow;
    draw.fillRect(0, 0, 1200, 800);
    return canvas.toDataURL('image/jpeg', 0.9).split(',')[1];
  });
  return { name: 'IMG_2041.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(base64, 'base64') };
}

async function signIn(story, base, login, password) {
  const page = await story.open(`${base}/sign-in`);
  await page.fill('input[name=email]', login);
  await page.fill('input[name=password]', password);
  await Promise.all([page.waitForNavigation(), page.press('input[name=password]', 'Enter')]);
  return page;
}

async function says(page, thread, words) {
  for (let n = 0; n < 120; n += 1) {
    await page.goto(thread);
    if ((await page.locator('.official').allTextContents()).some((text) => text.includes(words))) return;
    await page.waitForTimeout(500);
  }
  throw new Error(`the city never said "${words}" in the thread`);
}

/** Presses the form's button; without script the browser cannot tell when an element stands still. */
async function send(form) {
  const button = form.locator('form[action^="/report"] button.main').last();
  await Promise.all([form.waitForNavigation(), button.click({ force: true })]);
}

export default async function newcomer(story, options) {
  const { square, staff, staffPassword, mayor, mayorPassword } = options;
  story.allow(square);

  story.step('posts in the town square');
  const post = await story.open(`${square}/`);
  await post.fill('#text', 'Street light out at Broad & Kinney, pole 1163. Very dark by the bus stop.');
  await Promise.all([post.waitForNavigation(), post.click('#compose button.main')]);
  const thread = post.url();
  await says(post, thread, 'On it.');
  await post.waitForTimeout(900);
  await story.shots(post, 'square');
  await story.accessible(post, 'square');
  const answers = await post.locator('.official').allTextContents();
  // Ours is the newest request: it has the highest number.
  const number = answers.join(' ').match(/\d\d-\d{6}/g).sort().at(-1);

  story.step(`looks at request ${number} and at the city's page`);
  const page = await story.open(`/t/${number}`);
  story.expect((await page.textContent('body')).includes('On it'), 'the page says On it');
  await story.shots(page, 'ticket-open');
  await story.accessible(page, 'ticket-open');
  await page.goto('/');
  await story.shots(page, 'home');
  await story.accessible(page, 'home');

  story.step('closes it as staff, with a photo');
  const front = await story.open('/sign-in');
  await story.shots(front, 'sign-in');
  await story.accessible(front, 'sign-in');
  const board = await signIn(story, story.base, staff, staffPassword);
  await board.goto('/staff');
  await story.shots(board, 'board');
  await story.accessible(board, 'board');
  await board.goto(`/staff/tickets/${number}`);
  await board.locator('.why summary').click();
  const why = await board.textContent('.why');
  story.expect(['Urgency', 'pole 1163', 'reading-', 'map data'].every((words) => why.includes(words)), `why it was read so: ${why}`);
  await story.shots(board, 'staff-ticket');
  await story.accessible(board, 'staff-ticket');
  await board.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
  const fix = board.locator('form[action$="/fix"]');
  await fix.locator('input[name=photo]').setInputFiles(await photo(board));
  await fix.locator('input[name=no_faces]').check();
  await fix.locator('textarea[name=words]').fill('New lamp, tested after dark');
  await Promise.all([board.waitForNavigation(), fix.locator('button').last().click()]);
  await story.shots(board, 'staff-ticket-fixed');

  story.step('sees "Fixed" in the thread and the proof on the page');
  await says(post, thread, 'Fixed.');
  await story.shots(post, 'square-fixed');
  await page.goto(`/t/${number}`);
  for (let n = 0; n < 20 && !(await page.textContent('body')).includes('Fixed'); n += 1) {
    await page.waitForTimeout(500);
    await page.reload();
  }
  story.expect((await page.locator('img').count()) > 0, 'the photo is on the page');
  await story.shots(page, 'ticket-fixed');
  await story.accessible(page, 'ticket-fixed');

  story.step('looks at the mayor\'s office');
  const office = await signIn(story, story.base, mayor, mayorPassword);
  await office.goto('/mayor');
  await story.shots(office, 'mayor');
  await story.accessible(office, 'mayor');

  story.step('reports by the form, without JavaScript');
  // A field that needs mending answers with 422, which the browser tells its console.
  story.expectProblem(/status of 422/);
  const form = await story.open('/report', { javaScript: false, device: 'phone' });
  await story.shots(form, 'report');
  await form.fill('[name=what]', 'Big pothole in the right lane, cars swerve around it');
  await form.fill('[name=where]', 'nowhere at all');
  await send(form);
  await story.shots(form, 'report-error');
  await form.fill('[name=where]', 'Prince St and Green St');
  await send(form);
  await story.shots(form, 'report-sent');
  story.expect(/\d\d-\d{6}/.test(await form.textContent('body')), 'the form answers with a request number');
}
