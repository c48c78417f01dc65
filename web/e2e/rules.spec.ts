/** A rule is changed: written, tried on past claims, run in the shadow, released, published by somebody else, seen in 3101, taken back. */
import { expect, test, type Page } from '@playwright/test'
import { readFileSync } from 'node:fs'
import { accessible, address, as, picture, signIn } from './people'

test.describe.configure({ mode: 'serial' })

const RULE = 'drug-kinds-over-limit'
/** Seven medicines, each a kind of its own. */
const MEDICINES = ['XB01ACX010A001010100177', 'XC09CAA284A001010100553', 'XG04CBF019A001010100030', 'XA10BJL326B002010101523', 'XA05AAX163X002010178373', 'XN07XXT050B002010100239', 'ZA12HAS0775010100142']

interface Institution {
  code: string
  name: string
  area: string
  kind: string
}

/** Hospitals of the first area of the invented world. */
function hospitals(): [Institution, Institution] {
  const world = JSON.parse(readFileSync(process.env.YIBAO_WORLD ?? '', 'utf8')) as { institutions: Institution[]; areas: { code: string }[] }
  const [one, other] = world.institutions.filter(({ area, kind }) => area === world.areas[0]?.code && kind === 'hospital')
  if (!one || !other) throw new Error('the invented world has fewer than two hospitals')
  return [one, other]
}

let serial = 0

/** What 3101 says of a prescription with so many kinds: the library's version, and whether the rule speaks. */
async function ask(page: Page, { code, name, area }: Institution, kinds: number): Promise<{ library: string; told: boolean }> {
  serial += 1
  const now = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'medium' }).format(new Date())
  const [person, visit] = [`P-rules-${serial}`, `V-rules-${serial}`]
  const order = (item: string, at: number) => ({
    rx_id: `L${at}`, rxno: 'RX1', grpno: '1', long_drord_flag: '0', hilist_type: '101', chrg_type: '11', drord_bhvr: '0', hilist_code: item, hilist_name: `药品${at}`, hilist_dosform: '', hilist_lv: '01', hilist_pric: '15.00',
    lv1_hosp_item_pric: '', lv2_hosp_item_pric: '', lv3_hosp_item_pric: '', hilist_memo: '', hosplist_code: `H${at}`, hosplist_name: `药品${at}`, hosplist_dosform: '', cnt: '2', pric: '15.00', sumamt: '30.00', ownpay_amt: '0',
    selfpay_amt: '0', spec: '10mg', spec_unt: '盒', drord_begn_date: now, drord_stop_date: '', drord_dept_codg: 'A03', drord_dept_name: '内科', drord_dr_codg: 'D1', drord_dr_name: '测试医师', drord_dr_profttl: '1', curr_drord_flag: '1',
  })
  const encounter = {
    mdtrt_id: visit, medins_id: code, medins_name: name, medins_admdvs: area, medins_type: 'A100', medins_lv: '05', wardarea_codg: '', wardno: '', bedno: '', adm_date: now, dscg_date: now, dscg_main_dise_codg: 'J06.900',
    dscg_main_dise_name: '急性上呼吸道感染', dr_codg: 'D1', adm_dept_codg: 'A03', adm_dept_name: '内科', dscg_dept_codg: 'A03', dscg_dept_name: '内科', med_mdtrt_type: '1', med_type: '11', matn_stas: '0', medfee_sumamt: '210.00',
    ownpay_amt: '0', selfpay_amt: '0', acct_payamt: '', ma_amt: '', hifp_payamt: '', setl_totlnum: '1', insutype: '310', reim_flag: '2', out_setl_flag: '2',
    fsi_diagnose_dtos: [{ dise_id: '1', inout_dise_type: '1', maindise_flag: '1', dias_srt_no: '1', dise_codg: 'J06.900', dise_name: '急性上呼吸道感染', dise_date: now }],
    fsi_order_dtos: MEDICINES.slice(0, kinds).map(order), fsi_operation_dtos: null,
  }
  const patient = { patn_id: person, patn_name: '测试甲', gend: '1', brdy: '1980-01-01', poolarea: area, curr_mdtrt_id: visit, fsi_his_data_dto: '', fsi_encounter_dtos: [encounter] }
  const message = {
    infno: '3101', msgid: `${code}${now.replaceAll(/\D/g, '')}${String(serial).padStart(4, '0')}`, mdtrtarea_admvs: area, insuplc_admdvs: area, recer_sys_code: 'HIS', dev_no: '', dev_safe_info: '', cainfo: '', signtype: '', infver: 'V1.0',
    opter_type: '1', opter: '0001', opter_name: '测试员', inf_time: now, fixmedins_code: code, fixmedins_name: name, sign_no: '', input: { data: { trig_scen: '2', rule_ids: [], syscode: 'HIS', task_id: 'T1', patient_dtos: [patient] } },
  }
  const reply = await page.request.post(address('/fsi/api/rsfComIfsService/callService'), { data: message })
  const said = (await reply.json()) as { infcode: number; err_msg: string; output: { rule_lib_ver: string; result: { rule_id: string }[] } }
  expect([said.infcode, said.err_msg]).toEqual([0, ''])
  return { library: said.output.rule_lib_ver, told: said.output.result.some(({ rule_id }) => rule_id === RULE) }
}

/** Six kinds instead of five, with the cases that follow from it. */
function sixKinds(text: string): string {
  return text
    .replace('max_kinds = 5\n', 'max_kinds = 6\n')
    .replace('cnt_over = "2"\namount = "60.00"', 'cnt_over = "1"\namount = "30.00"')
    .replace('只超1种"\nkind = "hit"', '不超"\nkind = "near-miss"')
    .replace('[[case.finding]]\ncnt_over = "1"\namount = "16.00"\n', '')
}

const revision = (page: Page) => page.goto(address('/revisions/1'))
let before = ''

test('a rule manager writes a revision, and what is wrong with it is told', async ({ page }) => {
  await signIn(page, 'guize')
  await page.goto(address(`/library/${RULE}`))
  await expect(page.getByRole('heading', { name: '药品种类超标' })).toBeVisible()
  await page.getByRole('link', { name: '提出修订' }).click()
  const text = await page.getByLabel('规则文件').inputValue()
  expect(text).toContain('version = 2')
  await page.getByLabel('修订原因').fill('多病共存患者放宽到六种')
  await page.getByLabel('规则文件').fill(text.replace('max_kinds = 5\n', 'max_kinds = 6\n'))
  await page.getByRole('button', { name: '检查并保存' }).click()
  await expect(page.getByRole('alert')).toContainText('用例', { timeout: 60_000 })
  await accessible(page)
  await page.getByLabel('规则文件').fill(sixKinds(text))
  await page.getByRole('button', { name: '检查并保存' }).click()
  await expect(page).toHaveURL(/\/revisions\/1$/, { timeout: 60_000 })
  await expect(page.getByText('max_kinds = 6')).toBeVisible()
})

test('the back-test adds up by institution, and the revision goes into the shadow', async ({ page }) => {
  test.setTimeout(180_000)
  await signIn(page, 'guize')
  const [here] = hospitals()
  const now = await ask(page, here, 6)
  before = now.library
  expect(now.told).toBe(true)
  await revision(page)
  await page.getByRole('button', { name: '运行回测' }).click()
  await expect(page.getByRole('button', { name: '重新回测' })).toBeVisible({ timeout: 150_000 })
  const figure = async (name: string): Promise<number> => Number((await page.locator(`.figures > .${name} dd`).first().innerText()).replaceAll(',', ''))
  const [was, added, removed, changed, is] = [await figure('before'), await figure('added'), await figure('removed'), await figure('changed'), await figure('after')]
  expect(was).toBeGreaterThan(0)
  expect(removed + changed).toBeGreaterThan(0)
  expect(is).toBe(was + added - removed)
  const rows = await page.locator('.card tbody tr').filter({ has: page.locator('td:nth-child(8)') }).evaluateAll((all) => all.map((row) => Number(row.children[2]?.textContent)))
  expect(rows.reduce((sum, hits) => sum + hits, 0)).toBe(was)
  await page.getByRole('button', { name: '转入影子运行' }).click()
  // The step is taken when it is no longer offered.
  await expect(page.getByRole('button', { name: '转入影子运行' })).toHaveCount(0, { timeout: 30_000 })
  await expect(page.getByRole('button', { name: '发布', exact: true })).toHaveCount(0)
  expect((await ask(page, here, 6)).told).toBe(true)
  await expect(page.getByText('仅现行提示')).toBeVisible({ timeout: 30_000 })
  await accessible(page)
  await picture(page, 'revision')
})

test('somebody else releases it to one hospital, then publishes it; 3101 answers by it', async ({ page, browser }) => {
  test.setTimeout(120_000)
  const [here, there] = hospitals()
  await as(browser, 'guize2', async (other) => {
    await revision(other)
    await other.getByLabel('机构比例（%）').fill('0')
    await other.getByLabel('另加机构编号').fill(here.code)
    await other.getByRole('button', { name: '灰度' }).click()
    await expect(other.getByRole('status').filter({ hasText: here.name })).toBeVisible({ timeout: 30_000 })
    const released = await ask(other, here, 6)
    expect(released.told).toBe(false)
    expect(released.library).not.toBe(before)
    expect((await ask(other, there, 6)).told).toBe(true)
    await other.getByRole('button', { name: '发布', exact: true }).click()
    await expect(other.getByText('已作为第 1 次发布生效')).toBeVisible({ timeout: 30_000 })
    const published = await ask(other, there, 6)
    expect(published.told).toBe(false)
    expect(published.library).not.toBe(before)
    expect((await ask(other, there, 7)).told).toBe(true)
  })
  await signIn(page, 'guize')
  await page.goto(address(`/library/${RULE}`))
  await expect(page.getByText('版本 2').first()).toBeVisible()
  await page.getByRole('button', { name: '与前一版比较' }).click()
  await expect(page.getByText('max_kinds = 6')).toBeVisible()
})

test('a publication is taken back, with a reason', async ({ page }) => {
  await signIn(page, 'guize')
  await revision(page)
  await page.getByLabel('原因（4 字以上）').fill('误报没有减少')
  await page.getByRole('button', { name: '回滚' }).click()
  await expect(page.getByText('已回滚').first()).toBeVisible({ timeout: 30_000 })
  const [, there] = hospitals()
  expect((await ask(page, there, 6)).told).toBe(true)
  await expect(page.getByRole('row', { name: /规则乙 发布/ })).toBeVisible()
})

test('an area switches a rule, with a reason', async ({ page }) => {
  await signIn(page, 'guize')
  await page.goto(address('/library/drug-sex-specific'))
  await page.getByLabel('医保区划（不填为各地）').first().fill('990400')
  await page.getByLabel('原因（4 字以上）').fill('本地核实后再启用')
  await page.getByRole('button', { name: '设定', exact: true }).click()
  await expect(page.getByRole('row', { name: /本地核实后再启用/ })).toContainText('影子')
})
