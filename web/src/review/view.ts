/**
 * A view of the queue: which items, in which order. The address holds it whole, so that it can be kept, sent and gone back to.
 */
import { orderOf, orderText, type Order } from '@/parts/table'
import type { LocationQuery, LocationQueryRaw } from 'vue-router'

/** What narrows the queue; names are those of the API. */
export const FILTERS = ['stage', 'state', 'rule', 'institution', 'severity', 'assignee', 'due_until', 'q'] as const
export type Filter = (typeof FILTERS)[number]

export interface View {
  filters: Partial<Record<Filter, string>>
  order: Order
}

/** Most money first: what a reviewer's minute is worth most on. */
export const BY_MONEY: Order = { by: 'at_stake', descending: true }

export function viewOf(query: LocationQuery): View {
  const filters: View['filters'] = {}
  for (const name of FILTERS) {
    const value = query[name]
    if (typeof value === 'string' && value !== '') filters[name] = value
  }
  const order = typeof query.sort === 'string' ? orderOf(query.sort) : undefined
  return { filters, order: order ?? BY_MONEY }
}

export function queryOf(view: View): LocationQueryRaw {
  const sort = orderText(view.order)
  return { ...view.filters, ...(sort === orderText(BY_MONEY) ? {} : { sort }) }
}

export function same(one: View, other: View): boolean {
  return FILTERS.every((name) => (one.filters[name] ?? '') === (other.filters[name] ?? '')) && orderText(one.order) === orderText(other.order)
}
