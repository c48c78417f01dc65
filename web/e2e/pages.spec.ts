/** Every page: without serious fault in both languages, usable at 200 %, and kept as a picture. */
import { expect, test, type Page } from '@playwright/test'
import { accessible, address, picture, signIn } from './people'

interface View {
  name: string
  account: string
  path: string
  /** What shows that it stands. */
  stands: (page: Page) => ReturnType<Page['locator']>
  /** What is done before the picture. */
  then?: (page: Page) => Promise<void>
}

const heading = (page: Page) => page.locator('main h1')

const VIEWS: View[] = [
  { name: 'queue', account: 'chushen2', path: '/review', stands: (page) => page.getByRole('grid').getByRole('row').nth(3) },
  {
    name: 'case',
    account: 'chushen2',
    path: '/review?stage=first&severity=clear',
    stands: (page) => page.getByRole('grid').getByRole('row').nth(1),
    then: async (page) => {
      await page.keyboard.press('o')
      await expect(page.getByRole('group', { name: /办理|Decide/ })).toBeVisible()
      await page.keyboard.press('2')
      await expect(page.locator('#amount')).toBeFocused()
    },
  },
  {
    name: 'keys',
    account: 'chushen2',
    path: '/review',
    stands: (page) => page.getByRole('grid'),
    then: async (page) => {
      await page.keyboard.press('?')
      await expect(page.getByRole('dialog')).toBeVisible()
    },
  },
  {
    name: 'batch',
    account: 'chushen2',
    path: '/batch?severity=suspicious',
    stands: (page) => page.getByText(/选中 .* 件|items selected/),
    then: async (page) => {
      await page.getByRole('button', { name: /^(预览|Preview)$/ }).click()
      await expect(page.getByRole('heading', { name: /抽查：|To open first/ })).toBeVisible()
    },
  },
  { name: 'assign', account: 'chushen2', path: '/assign?stage=first', stands: (page) => page.locator('.people label').first() },
  { name: 'samples', account: 'chushen2', path: '/samples?stage=first', stands: (page) => page.getByText(/选中 .* 件|items selected/) },
  { name: 'cockpit', account: 'lingdao', path: '/cockpit', stands: (page) => page.locator('.cell').first() },
  { name: 'rules', account: 'guize', path: '/library', stands: (page) => page.getByRole('grid').getByRole('row').nth(1) },
  { name: 'rule', account: 'guize', path: '/library/drug-sex-specific', stands: heading },
  { name: 'revisions', account: 'guize', path: '/revisions', stands: (page) => page.getByRole('cell').first() },
  {
    name: 'knowledge',
    account: 'guize',
    path: '/knowledge?q=XJ01',
    stands: (page) => page.getByRole('grid').getByRole('row').nth(1),
    then: async (page) => {
      await page.getByRole('grid').getByRole('row').nth(2).getByRole('button').click()
      await expect(page.locator('section dl')).toBeVisible()
    },
  },
  { name: 'settlements', account: 'caiwu', path: '/settlements', stands: (page) => page.getByRole('grid').getByRole('row').nth(1) },
  {
    name: 'settlement',
    account: 'caiwu',
    path: '/settlements',
    stands: (page) => page.getByRole('grid').getByRole('row').nth(1),
    then: async (page) => {
      // One that a fund paid for: others have no steps.
      const id = await page.evaluate(async () => {
        const { rows } = (await (await fetch('/api/settlements')).json()) as { rows: { id: string; fund_fen: number }[] }
        return rows.find(({ fund_fen }) => fund_fen > 0)?.id ?? ''
      })
      await page.getByRole('link', { name: id }).click()
      await expect(page.locator('main ol li').nth(2)).toBeVisible()
    },
  },
  { name: 'persons', account: 'jianguan', path: '/persons', stands: (page) => page.getByRole('grid').getByRole('row').nth(1) },
  { name: 'statement', account: 'caiwu', path: '/statement?institution=H36010000001', stands: (page) => page.getByRole('status').filter({ hasText: /账平|balanced/ }) },
  { name: 'institution', account: 'jianguan', path: '/institutions/H36010000001', stands: heading },
  { name: 'institutions', account: 'jianguan', path: '/institutions', stands: (page) => page.getByRole('grid').getByRole('row').nth(1) },
  { name: 'users', account: 'anquan', path: '/users', stands: (page) => page.getByRole('grid').getByRole('row').nth(1) },
  { name: 'access-log', account: 'rizhi', path: '/access-log', stands: (page) => page.getByRole('grid').getByRole('row').nth(1) },
  { name: 'account', account: 'chushen2', path: '/account', stands: heading },
  { name: 'not-found', account: 'chushen2', path: '/nowhere', stands: heading },
]

test('sign-in', async ({ page }) => {
  await page.goto(address('/sign-in'))
  await expect(page.getByLabel('账号')).toBeVisible()
  await accessible(page)
  await picture(page, 'sign-in')
})

for (const { name, account, path, stands, then } of VIEWS) {
  test(name, async ({ page }) => {
    await signIn(page, account)
    await page.goto(address(path))
    await expect(stands(page)).toBeVisible()
    await then?.(page)
    await accessible(page)
    await picture(page, name)
    // 200 % of a window of 1440 pixels leaves 720 of them: nothing is to be scrolled sideways.
    await page.setViewportSize({ width: 720, height: 450 })
    await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
    await accessible(page)
    await page.setViewportSize({ width: 1440, height: 900 })
    await page.evaluate(() => localStorage.setItem('yibao.language', 'en'))
    await page.goto(address(path))
    await expect(stands(page)).toBeVisible()
    await then?.(page)
    await accessible(page)
    const shell = page.getByRole('navigation').or(page.getByRole('dialog'))
    await expect(shell.first()).not.toContainText(/\p{Script=Han}/u)
  })
}

test('every number of the cockpit leads to the list that adds up to it', async ({ page }) => {
  await signIn(page, 'lingdao')
  await page.goto(address('/cockpit'))
  await expect(page.locator('.figures a').first()).toBeVisible()
  await expect(page.locator('a.place').first()).toBeAttached()
  const links = page.locator('.figures a, ol a, .cell, a.place')
  const count = await links.count()
  expect(count).toBeGreaterThan(15)
  const numbers: { to: string; items: number }[] = await links.evaluateAll((all) =>
    all.map((link) => ({
      to: link.getAttribute('href') ?? '',
      items: Number((link.matches('.cell') ? link : (link.querySelector('strong') ?? (link.closest('tr') ?? link.parentElement)?.querySelector('.items')))?.textContent?.replaceAll(',', '')),
    })),
  )
  // Every seventh is opened as a person would; all are asked of the API that the list asks.
  for (const { to, items } of numbers) {
    const query = new URL(to, 'http://console').search
    const total = await page.evaluate(async (search) => ((await (await fetch(`/api/review/items${search}`)).json()) as { total: number }).total, query)
    expect([to, total]).toEqual([to, items])
  }
  for (const { to, items } of numbers.filter((_, at) => at % 7 === 0 && at < 30)) {
    await page.goto(address(to))
    await expect(page.getByText(`${items.toLocaleString('en-US')} 件，涉及基金`)).toBeVisible()
  }
})

test('what a role may not see says so, and its menu does not offer it', async ({ page }) => {
  await signIn(page, 'xitong')
  await page.goto(address('/review'))
  await expect(page.getByRole('alert')).toContainText('没有权限')
  await expect(page.getByRole('navigation').getByText('审核队列')).toHaveCount(0)
})

test('a server that cannot be reached is told, with a way to try again', async ({ page }) => {
  await signIn(page, 'chushen2')
  await page.route('**/api/review/items?**', (route) => route.abort())
  await page.goto(address('/review'))
  await expect(page.getByRole('alert')).toContainText('无法连接服务器', { timeout: 20_000 })
  await accessible(page)
  await page.unroute('**/api/review/items?**')
  await page.getByRole('button', { name: '重试' }).click()
  await expect(page.getByRole('grid')).toBeVisible()
})

test('the queue paints and the next case stands, and how long that takes is told', async ({ page }) => {
  await signIn(page, 'chushen2')
  await page.goto(address('/review?stage=first'))
  await expect(page.getByRole('grid').getByRole('row').nth(3)).toBeVisible()
  const painted = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity)
  await page.keyboard.press('o')
  await expect(page.getByRole('group', { name: '办理' })).toBeVisible()
  const took: number[] = []
  for (let at = 0; at < 5; at += 1) {
    await page.waitForLoadState('networkidle')
    const next = await page.evaluate(async () => {
      const [at, before] = [performance.now(), location.pathname]
      window.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true }))
      while (location.pathname === before || !document.querySelector('.panes')) await new Promise((resolve) => requestAnimationFrame(resolve))
      return performance.now() - at
    })
    took.push(next)
  }
  const median = took.sort((one, other) => one - other)[2] ?? Infinity
  console.log(`first paint of the queue ${Math.round(painted)} ms (target 1500), next case ${Math.round(median)} ms (target 200)`)
  // Times are for docs/BENCHMARKS.md: what a busy machine takes is no fault of the console.
  expect([painted, median].every(Number.isFinite)).toBe(true)
})
