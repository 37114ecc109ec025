const all = {
  en: {
    title: 'Chat with us',
    label: 'Chat with us',
    launcher: (open: boolean, unread: number) =>
      open ? 'Minimise the chat' : unread > 0 ? `Chat with us, ${unread} unread` : 'Chat with us',
  },
  zh: {
    title: '在线客服',
    label: '找人聊聊',
    launcher: (open: boolean, unread: number) => (open ? '收起聊天' : unread > 0 ? `找人聊聊，${unread} 条未读` : '找人聊聊'),
  },
};

export function words(language: string) {
  return language === 'zh' ? all.zh : all.en;
}
