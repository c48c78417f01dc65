/** From a finding to a decision, as people do it, one after the other on the same server. */
import { expect, test, type Page } from '@playwright/test'
import { accessible, address, picture, remember, signIn } from './people'

test.describe.configure({ mode: 'serial' })

/** A PDF of one line: the server looks at the first bytes, not at the name. */
const PDF = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n')

/** The key of the case that is open. */
function opened(page: Page): string {
  return decodeURIComponent(new URL(page.url()).pathname.split('/').at(-1) ?? '')
}

/** Opens a case, and waits until it can be decided. */
async function openCase(page: Page, key: string, list = 'review'): Promise<void> {
  await page.goto(address(`/${list}/${encodeURIComponent(key)}`))
  await expect(page.getByRole('group', { name: '办理' })).toBeVisible()
}

async function openFirst(page: Page, query: string): Promise<string> {
  await page.goto(address(`/review?${query}`))
  await expect(page.getByRole('grid')).toBeFocused()
  await page.keyboard.press('o')
  await expect(page.getByRole('group', { name: '办理' })).toBeVisible()
  return opened(page)
}

test('a wrong password is refused, and the refusal says what to do', async ({ page }) => {
  await page.goto(address('/'))
  await page.getByLabel('账号').fill('chushen1')
  await page.getByLabel('密码').fill('wrong')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('账号或密码不正确')
  await accessible(page)
})

test('a password that somebody else gave must be changed before anything else', async ({ page, browser }) => {
  const keeper = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  await signIn(keeper, 'xitong')
  await keeper.goto(address('/users'))
  await keeper.getByRole('row', { name: /chushen2/ }).getByRole('button', { name: '重置密码' }).click()
  const given = await keeper.locator('.given code').innerText()
  await keeper.context().close()
  remember('chushen2', given)
  await signIn(page, 'chushen2')
  await expect(page).toHaveURL(/\/password$/)
  await page.goto(address('/review'))
  await expect(page).toHaveURL(/\/password$/)
  await accessible(page)
  await picture(page, 'password')
  const fresh = 'Cedar-lake-2026'
  await page.getByLabel('当前密码').fill(given)
  await page.getByLabel('新密码', { exact: true }).fill(fresh)
  await page.getByLabel('再次输入新密码').fill('Cedar-lake-2027')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('alert')).toContainText('两次输入的新密码不一致')
  await page.getByLabel('再次输入新密码').fill(fresh)
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(/\/review$/)
  remember('chushen2', fresh)
})

test('the queue stands in either language', async ({ page }) => {
  await signIn(page, 'chushen1')
  await expect(page).toHaveURL(/\/review$/)
  await expect(page.getByRole('heading', { name: '审核队列' })).toBeVisible()
  await page.getByRole('button', { name: 'English' }).click()
  await expect(page.getByRole('heading', { name: 'Review queue' })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Review queue' })).toBeVisible()
})

test('a reviewer clears ten cases by keyboard only', async ({ page }) => {
  await signIn(page, 'chushen1')
  await page.goto(address('/review?stage=first&severity=clear'))
  await expect(page.getByRole('grid')).toBeFocused()
  const waiting = async (): Promise<number> => Number((await page.getByText(/件，涉及基金/).innerText()).replaceAll(',', '').match(/^(\d+)/)?.[1])
  const before = await waiting()
  expect(before).toBeGreaterThanOrEqual(10)
  await page.keyboard.press('o')
  const seen = new Set<string>()
  for (let done = 0; done < 10; done += 1) {
    await expect(page.getByRole('group', { name: '办理' })).toBeVisible()
    const key = opened(page)
    expect(seen.has(key)).toBe(false)
    seen.add(key)
    // One key chooses, one confirms; the next case opens by itself.
    await page.keyboard.press(done % 2 === 0 ? '1' : '3')
    await expect(page.getByRole('button', { name: '提交' })).toBeFocused()
    await page.keyboard.press('Enter')
    await expect.poll(() => opened(page)).not.toBe(key)
  }
  await page.keyboard.press('g')
  await page.keyboard.press('q')
  await page.goto(address('/review?stage=first&severity=clear'))
  await expect.poll(waiting).toBe(before - 10)
})

test('a decision can be taken back within its time', async ({ page }) => {
  await signIn(page, 'chushen1')
  const key = await openFirst(page, 'stage=first&severity=clear')
  await page.keyboard.press('1')
  await page.keyboard.press('Enter')
  await page.getByRole('link', { name: '打开刚才的案件' }).click()
  await expect.poll(() => opened(page)).toBe(key)
  await expect(page.getByText('初审扣款待确认').first()).toBeVisible()
  await page.keyboard.press('u')
  await expect(page.getByRole('group', { name: '办理' })).toBeVisible()
  await page.keyboard.press('h')
  await expect(page.getByText('撤回决定')).toBeVisible()
})

test('what was begun is kept as a draft', async ({ page }) => {
  await signIn(page, 'chushen1')
  await openFirst(page, 'stage=first&severity=suspicious')
  await page.keyboard.press('4')
  const kept = page.waitForResponse((response) => response.url().endsWith('/draft') && response.request().method() === 'PUT')
  await page.getByLabel('说明（选填）').fill('请补充病程记录')
  expect((await kept).ok()).toBe(true)
  await page.reload()
  await page.getByRole('button', { name: '继续填写' }).click()
  await expect(page.getByLabel('说明（选填）')).toHaveValue('请补充病程记录')
  await page.keyboard.press('Escape')
})

let disputed = ''

test('the hospital sees only its own, and appeals with an attachment', async ({ page, browser }) => {
  await signIn(page, 'yiyuan1')
  await expect(page).toHaveURL(/\/inbox$/)
  // Something of this hospital must wait for an answer: a reviewer sends it.
  const institution = await page.evaluate(async () => ((await (await fetch('/api/session')).json()) as { user: { institution: string } }).user.institution)
  const reviewer = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  await signIn(reviewer, 'chushen1')
  disputed = await openFirst(reviewer, `stage=first&severity=clear&institution=${institution}`)
  await reviewer.keyboard.press('1')
  await reviewer.keyboard.press('Enter')
  await expect.poll(() => opened(reviewer)).not.toBe(disputed)
  await reviewer.context().close()

  await page.goto(address('/inbox?stage=provider'))
  await expect(page.getByRole('grid')).toBeVisible()
  await accessible(page)
  await picture(page, 'inbox')
  await openCase(page, disputed, 'inbox')
  await page.keyboard.press('2')
  await page.getByLabel('说明（必填）').fill('患者确有临床指征，附病历首页。')
  await page.getByLabel('附件（PDF、JPG、PNG）').setInputFiles({ name: '病历首页.pdf', mimeType: 'application/pdf', buffer: PDF })
  await picture(page, 'appeal')
  await page.getByRole('button', { name: '提交' }).click()
  await expect(page.getByRole('status').filter({ hasText: '已办理' })).toBeVisible()
  await page.goto(address(`/inbox/${encodeURIComponent(disputed)}`))
  await expect(page.getByText('申诉待复审').first()).toBeVisible()
  await page.keyboard.press('a')
  await expect(page.getByRole('link', { name: '病历首页.pdf' })).toBeVisible()
  // Somebody else's case is not there for it.
  const other = await page.evaluate(async () => (await fetch('/api/review/items/H00000000000~F1')).status)
  expect(other).toBe(404)
})

test('a second reviewer decides, and not the first', async ({ page, browser }) => {
  const first = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  await signIn(first, 'chushen1')
  await openCase(first, disputed)
  await expect(first.getByRole('button', { name: /维持|撤销/ })).toHaveCount(0)
  await first.context().close()
  await signIn(page, 'fushen1')
  await openCase(page, disputed)
  await page.keyboard.press('a')
  await expect(page.getByRole('link', { name: '病历首页.pdf' })).toBeVisible()
  await page.keyboard.press('1')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status').filter({ hasText: '已办理' })).toBeVisible()
  await page.goto(address(`/review/${encodeURIComponent(disputed)}`))
  await expect(page.getByText('复审维持').first()).toBeVisible()
})

test('the hospital appeals again; a panel of three is called and votes', async ({ page, browser }) => {
  await signIn(page, 'yiyuan1')
  await openCase(page, disputed, 'inbox')
  await page.keyboard.press('2')
  await page.getByLabel('说明（必填）').fill('对复审结论有异议，请组织专家合议。')
  await page.getByRole('button', { name: '提交' }).click()
  await expect(page.getByRole('status').filter({ hasText: '已办理' })).toBeVisible()
  const convener = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  await signIn(convener, 'fushen1')
  await openCase(convener, disputed)
  await convener.getByRole('button', { name: '组成合议' }).click()
  await convener.getByLabel(/合议专家/).selectOption(['zhuanjia1', 'zhuanjia2', 'zhuanjia3'])
  await convener.getByRole('button', { name: '提交' }).click()
  await expect(convener.getByRole('status').filter({ hasText: '已办理' })).toBeVisible()
  await convener.context().close()
  for (const expert of ['zhuanjia1', 'zhuanjia2', 'zhuanjia3']) {
    const seat = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
    await signIn(seat, expert)
    await openCase(seat, disputed)
    await expect(seat.getByText('合议中').first()).toBeVisible()
    await seat.keyboard.press('1')
    await seat.getByLabel('说明（必填）').fill('依据充分，维持。')
    await seat.getByRole('button', { name: '提交' }).click()
    await expect(seat.getByRole('status').filter({ hasText: '已办理' })).toBeVisible()
    await seat.context().close()
  }
  await page.reload()
  await expect(page.getByText('终审').first()).toBeVisible()
})

test('finance books the deduction', async ({ page }) => {
  await signIn(page, 'caiwu')
  await openCase(page, disputed)
  await page.getByRole('button', { name: '扣款入账' }).click()
  await page.getByRole('button', { name: '提交' }).click()
  await expect(page.getByRole('status').filter({ hasText: '已办理' })).toBeVisible()
  await page.goto(address(`/review/${encodeURIComponent(disputed)}`))
  await expect(page.getByText('已扣款').first()).toBeVisible()
  // It stands in the ledger under its finding, and on the statement that the institution is given.
  const [institution, finding] = disputed.split('~') as [string, string]
  await page.goto(address(`/statement?institution=${institution}`))
  await expect(page.getByRole('status').filter({ hasText: '账平' })).toBeVisible()
  await expect(page.getByRole('row').filter({ hasText: '审核扣款' }).filter({ hasText: finding })).toBeVisible()
  const statement = await page.request.get(address(`/api/review/notices?institution=${institution}&kind=decision&format=html`))
  expect(await statement.text()).toContain(finding)
})

test('the deduction is on the statement of the institution, and the decision can be printed', async ({ page }) => {
  const institution = disputed.split('~')[0] ?? ''
  await signIn(page, 'caiwu')
  await page.goto(address(`/notices?institution=${institution}`))
  // The old address leads to the one page of account and notices.
  await expect(page).toHaveURL(/\/statement\?/)
  await expect(page.getByRole('row', { name: new RegExp(`扣款 ${disputed.split('~')[1] ?? ''}`) })).toBeVisible()
  const opening = page.waitForEvent('popup')
  await page.locator('.notice').filter({ hasText: '审核结论书' }).getByRole('link', { name: '打印页' }).click()
  const letter = await opening
  await expect(letter.getByText('医疗保障基金审核结论书').first()).toBeVisible()
  await accessible(letter)
})

/** The rule with the fewest cases that wait for a first review, two at least. */
async function smallRule(page: Page): Promise<{ rule: string; items: number }> {
  return page.evaluate(async () => {
    const list = (await (await fetch('/api/review/items?stage=first&limit=500')).json()) as { items: { rule: string }[] }
    const counts = new Map<string, number>()
    for (const { rule } of list.items) counts.set(rule, (counts.get(rule) ?? 0) + 1)
    const [rule, items] = [...counts].filter(([, count]) => count >= 2).sort((one, other) => one[1] - other[1])[0] ?? ['', 0]
    return { rule, items }
  })
}

test('a batch is decided once its sample was opened', async ({ page }) => {
  await signIn(page, 'chushen1')
  const { rule, items } = await smallRule(page)
  await page.goto(address(`/review?stage=first&rule=${rule}`))
  await page.getByRole('link', { name: '批量初审' }).click()
  await expect(page.getByText(`选中 ${items} 件`)).toBeVisible()
  await page.getByRole('button', { name: '预览' }).click()
  const decide = page.getByRole('button', { name: `办理这 ${items} 件` })
  await expect(decide).toBeDisabled()
  for (const link of await page.locator('ol a').all()) {
    const opening = page.waitForEvent('popup')
    await link.click()
    const popup = await opening
    await expect(popup.getByRole('group', { name: '办理' })).toBeVisible()
    await popup.close()
  }
  await page.getByRole('button', { name: '预览' }).click()
  await expect(decide).toBeEnabled()
  await decide.click()
  await expect(page.getByRole('status').filter({ hasText: `已批量办理 ${items} 件` })).toBeVisible()
  await expect(page.getByText('选中 0 件')).toBeVisible()
})

test('work is handed out in turn, and a sample is drawn', async ({ page }) => {
  await signIn(page, 'chushen1')
  const { rule, items } = await smallRule(page)
  await page.goto(address(`/assign?stage=first&rule=${rule}`))
  await page.getByLabel('初审甲').check()
  await page.getByLabel('初审乙').check()
  await page.getByRole('button', { name: '分派', exact: true }).click()
  await expect(page.getByRole('heading', { name: '已分派' })).toBeVisible()
  const given = await page.locator('tbody td.number').allInnerTexts()
  expect(given.map(Number).reduce((sum, one) => sum + one, 0)).toBe(items)
  await page.goto(address('/samples?stage=first'))
  await page.getByLabel('样本量').fill('5')
  await page.getByRole('button', { name: '抽样', exact: true }).click()
  await expect(page.getByText(/样本 5 件，已办结 0 件/)).toBeVisible()
})
