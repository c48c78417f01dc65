/** People who use the console, and what every test asks of a page. */
import AxeBuilder from '@axe-core/playwright'
import { expect, type Browser, type Page } from '@playwright/test'

interface User {
  account: string
  name: string
  role: string
  password: string
}

/** Passwords that the tests changed. */
const changed = new Map<string, string>()

export function user(account: string): User {
  const users = JSON.parse(process.env.YIBAO_USERS ?? '[]') as User[]
  const found = users.find((one) => one.account === account)
  if (!found) throw new Error(`no user ${account} among ${users.map((one) => one.account).join(', ')}`)
  return found
}

export function address(path: string): string {
  return `${process.env.YIBAO_CONSOLE ?? ''}${path}`
}

/** From now on the account has this password. */
export function remember(account: string, password: string): void {
  changed.set(account, password)
}

/** Signs in by keyboard. */
export async function signIn(page: Page, account: string): Promise<void> {
  const seeded = user(account).password
  await page.goto(address('/sign-in'))
  await page.getByLabel('账号').fill(account)
  await page.getByLabel('密码').fill(changed.get(account) ?? seeded)
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => url.pathname !== '/sign-in')
  await expect(page.locator('h1').first()).toBeVisible()
}

/** Opens somebody else's browser, and shuts it afterwards. */
export async function as<T>(browser: Browser, account: string, act: (page: Page) => Promise<T>): Promise<T> {
  const page = await (await browser.newContext({ locale: 'zh-CN' })).newPage()
  try {
    await signIn(page, account)
    return await act(page)
  } finally {
    await page.context().close()
  }
}

/** No serious or critical fault, and nothing that must be scrolled sideways. */
export async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
  expect(grave.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([])
}

/** Keeps a picture of the page: `make e2e` in docs/screens/, as README and reviewers see it. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.waitForLoadState('networkidle')
  await page.screenshot({ path: `${process.env.SCREENS ?? 'test-results/screens'}/${name}.png`, animations: 'disabled', scale: 'css' })
}
