/** Review items: lists, one item, acts on it. */
import { api, attempt, take, type Schema } from '@/api/client'
import { queries } from '@/api/queries'
import { orderText } from '@/parts/table'
import { useInfiniteQuery, useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import type { View } from './view'

export type ItemRow = Schema['ItemRow']
export type Item = Schema['ItemDetail']
export type Act = Schema['ActWish']

const PAGE = 200

/** The items of a view, page after page. */
export function useItems(view: MaybeRefOrGetter<View>) {
  const asked = useInfiniteQuery({
    queryKey: computed(() => ['items', toValue(view)]),
    queryFn: ({ pageParam, signal }) => {
      const { filters, order } = toValue(view)
      const query = { ...filters, sort: orderText(order), limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) }
      return take(api.GET('/api/review/items', { params: { query }, signal }))
    },
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: (before) => before,
  })
  const rows = computed<ItemRow[]>(() => asked.data.value?.pages.flatMap((page) => page.items) ?? [])
  const summary = computed(() => asked.data.value?.pages[0])
  return { ...asked, rows, summary }
}

const one = (key: string) => ({
  queryKey: ['item', key],
  queryFn: ({ signal }: { signal: AbortSignal }) => take(api.GET('/api/review/items/{key}', { params: { path: { key } }, signal })),
})

/** One item with all that belongs to it. */
export function useItem(key: MaybeRefOrGetter<string>) {
  return useQuery(computed(() => one(toValue(key))))
}

/** Loads what will be looked at next. */
export function expect(key: string): void {
  void queries.prefetchQuery(one(key))
}

/** Does something to an item; the answer is the item afterwards. */
export async function act(key: string, body: Act): Promise<Item> {
  const headers = { 'Idempotency-Key': attempt() }
  const item = await take(api.POST('/api/review/items/{key}/acts', { params: { path: { key }, header: headers }, body }))
  queries.setQueryData(['item', key], item)
  void queries.invalidateQueries({ queryKey: ['items'] })
  return item
}

/** States, stages, reasons: the words of the review, asked once. */
export function useVocabulary() {
  return useQuery({
    queryKey: ['vocabulary'],
    queryFn: () => take(api.GET('/api/review/vocabulary')),
    staleTime: Infinity,
  })
}
