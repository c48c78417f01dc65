/** Starts the console. */
import { VueQueryPlugin } from '@tanstack/vue-query'
import { createApp } from 'vue'
import App from './app.vue'
import { i18n } from './locale'
import { queries } from './api/queries'
import { router } from './router'
import './style.css'

createApp(App).use(router).use(i18n).use(VueQueryPlugin, { queryClient: queries }).mount('#app')
