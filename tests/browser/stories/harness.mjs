// The harness itself: a good page has no finding, and each thing the harness watches for is noticed.

export default async function harness(story) {
  story.step('a good page passes, and a form works');
  const page = await story.open('/good');
  await page.getByRole('link', { name: 'Report something' }).click();
  story.expect((await page.textContent('h1')) === 'Thank you', 'the link leads to the other page');
  await page.goBack();
  await story.shots(page, 'harness-good');
  await story.accessible(page, 'good');
  story.expect(story.problems.length === 0, `no problem on a good page: ${story.problems}`);

  story.step('a bad page is noticed in all four ways');
  const bad = await story.open('/bad', { device: 'phone' });
  await story.shots(bad, 'harness-bad');
  await story.accessible(bad, 'bad');
  const seen = story.problems.splice(0).join('\n');
  for (const sign of ['asked another server: http://elsewhere.example', 'script error', 'sideways', 'image-alt']) {
    story.expect(seen.includes(sign), `noticed: ${sign}\n${seen}`);
  }

  story.step('without JavaScript');
  const plain = await story.open('/bad', { javaScript: false });
  story.expect((await plain.title()) === 'Bad', 'the script did not run');
  story.problems.splice(0);
}
