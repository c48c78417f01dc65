/** Order of short lists that the browser holds whole. */
import type { Order } from './table'

const CHINESE = new Intl.Collator('zh-CN', { numeric: true })

/** The rows in an order; what a column is worth, `worth` says. Nothing comes last, whichever way. */
export function sorted<Row>(rows: readonly Row[], order: Order, worth: (row: Row, by: string) => string | number | null): Row[] {
  const way = order.descending ? -1 : 1
  return [...rows].sort((one, other) => {
    const [left, right] = [worth(one, order.by), worth(other, order.by)]
    if (left === null || right === null) return left === right ? 0 : left === null ? 1 : -1
    return way * (typeof left === 'number' && typeof right === 'number' ? left - right : CHINESE.compare(String(left), String(right)))
  })
}
