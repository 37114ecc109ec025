// An afternoon at a cosmetics shop, for tests and pictures: an agent with several chats, one waiting long, and an offer.

type Frame = Record<string, any>;

const visitor = (id: string, name: string) => ({ role: 'ROLE_VISITOR', id, name });
const you = { role: 'ROLE_AGENT', id: 'wanqing', name: '婉清', persona: 'lady' };
const system = { role: 'ROLE_SYSTEM' };
const seconds = (n: number) => n * 1000;

export const shop = {
  id: 'demo',
  name: '花间集美妆',
  languages: ['zh', 'en'],
  skills: [
    { id: 'presale', names: { zh: '售前咨询', en: 'Before buying' } },
    { id: 'aftersale', names: { zh: '售后', en: 'After-sale' } },
    { id: 'logistics', names: { zh: '物流', en: 'Delivery' } },
  ],
  personas: [
    { id: 'lady', names: { zh: '淑女组', en: 'Ladylike' }, color: '#c2578a' },
    { id: 'bold', names: { zh: '重口味', en: 'Bold' }, color: '#c4472f' },
    { id: 'fresh', names: { zh: '小清新', en: 'Fresh' }, color: '#2f9a6b' },
    { id: 'crazy', names: { zh: '疯癫组', en: 'Crazy' }, color: '#7a4fd0' },
  ],
};

const quickReplies = [
  ['welcome', 'hi', '欢迎光临', '{visitor}您好，我是{agent}，很高兴为您服务。今天想看些什么呢？'],
  ['welcome', 'back', '再次光临', '{visitor}，又见到您真开心。上次的小样用着还习惯吗？'],
  ['answering', 'skin', '询问肤质', '方便说说您的肤质吗？偏干、偏油还是容易敏感，我好为您挑合适的。'],
  ['answering', 'wait', '请稍等', '请您稍候，我去仓库帮您确认一下，马上回来。'],
  ['price', 'noprice', '婉拒议价', '这款已是本季最低价了，我为您多放两份小样，可好？'],
  ['payment', 'pay', '付款方式', '支持支付宝、微信与银行卡，付款后页面会自动刷新。'],
  ['shipping', 'ship', '发货时间', '下午四点前付款当天发出，江浙沪一般次日送达。'],
  ['aftersale', 'return', '退换说明', '签收七日内未拆封可退换，运费由我们承担，请您放心。'],
  ['farewell', 'bye', '道别', '感谢您的光临，愿您每天都美美的。再会！'],
  ['praise', 'star', '邀请评价', '若您满意，留一句好评便是对婉清最大的鼓励。'],
].map(([stage, shortcut, title, text]) => ({ stage, shortcut, title, text }));

/** The welcome's state and the logs behind it, as of now. */
export function afternoon(): Frame {
  const now = Date.now();
  const at = (agoSeconds: number) => String(now - seconds(agoSeconds));
  const conversations: Frame[] = [];
  const logs: Record<string, Frame[]> = {};
  const chat = (id: string, who: Frame, facts: Frame, lines: Frame[]) => {
    const log = lines.map((line, i) => ({ seq: i + 1, ...line }));
    logs[id] = log;
    conversations.push({
      id,
      epoch: 1,
      state: 'CONVERSATION_ACTIVE',
      visitor: who,
      agent: you,
      fence: 1,
      skill: 'presale',
      wish: { mode: 'WISH_ANY' },
      head: log.length,
      readByVisitor: log.length,
      readByAgent: log.length,
      ...facts,
    });
  };
  const auto = (ago: number, trigger: string, text: string) => ({
    timeMs: at(ago),
    author: system,
    autoReply: { trigger, text, persona: 'lady' },
  });
  const took = (ago: number) => ({ timeMs: at(ago), author: system, assigned: { agent: you } });
  const she = (who: Frame, ago: number, text: string) => ({
    timeMs: at(ago),
    author: who,
    clientId: `v${who['id']}${ago}`,
    content: { text },
  });
  const me = (ago: number, text: string) => ({ timeMs: at(ago), author: you, clientId: `a${ago}`, content: { text } });

  const rain = visitor('v-rain', '小雨');
  chat(
    'c-rain',
    rain,
    {
      tier: 2,
      returning: true,
      wish: { mode: 'WISH_STRICT', persona: 'lady' },
      enteredMs: at(1500),
      readByVisitor: 8,
      readByAgent: 8,
    },
    [
      auto(1500, 'TRIGGER_OPENED', '您好，欢迎来到花间集。正在为您请淑女组的客服，请稍坐。'),
      she(rain, 1490, '婉清在吗？上次她帮我选的粉底特别合适'),
      auto(1470, 'TRIGGER_WAITING', '您排在第 1 位，大约 20 秒。'),
      took(1452),
      auto(1452, 'TRIGGER_ASSIGNED', '婉清来了，请与她慢慢聊。'),
      me(1440, '小雨您好，我在的。很高兴粉底合您心意，今天想看些什么呢？'),
      she(rain, 1400, '想送妈妈一套护肤，她五十多岁，皮肤偏干，换季容易泛红'),
      me(1350, '明白了。干而易泛红，先把屏障养好最要紧。我会推荐「山茶修护」三件：洁面、精华和面霜，都不含酒精与香精。'),
      she(rain, 44, '听起来不错，整套现在多少钱？有小样可以先试吗'),
      she(rain, 31, '另外能不能帮忙写一张贺卡'),
    ],
  );
  const moon = visitor('v-moon', '月半弯');
  chat(
    'c-moon',
    moon,
    { wish: { mode: 'WISH_PREFER', persona: 'fresh' }, skill: 'logistics', enteredMs: at(620), readByAgent: 3 },
    [
      auto(620, 'TRIGGER_OPENED', '欢迎光临，马上就来。'),
      took(600),
      me(590, '您好，我是婉清，请问有什么可以帮您？'),
      she(moon, 168, '我的快递三天没动了，是不是丢了？？'),
      she(moon, 120, '在吗'),
      she(moon, 60, '再不回我退货了'),
    ],
  );
  const tea = visitor('v-tea', 'Theresa Llewellyn-Featherstone');
  chat('c-tea', tea, { tier: 1, enteredMs: at(400), readByAgent: 2 }, [
    took(380),
    me(370, 'Hello Theresa, this is Wanqing. How may I help you today?'),
    she(tea, 112, 'Hi! Does the camellia cream ship to Hong Kong, and is there a travel size?'),
  ]);
  const fish = visitor('v-fish', '一条小鱼');
  chat('c-fish', fish, { wish: { mode: 'WISH_PREFER', persona: 'lady' }, returning: true, enteredMs: at(900) }, [
    took(880),
    she(fish, 860, '口红 302 和 305 哪个显白？'),
    me(840, '您若是黄皮，305 会更提气色。302 偏冷，白皮更衬。'),
    she(fish, 200, '那我要 305～谢谢'),
    me(150, '好的，已为您备注，今日便能发出。'),
  ]);
  const anon = visitor('v-7f3a91c2', '');
  chat('c-anon', anon, { skill: 'aftersale', enteredMs: at(300) }, [
    took(280),
    she(anon, 260, '喷头坏了可以换吗'),
    me(240, '可以的，请您拍一张照片给我，好吗？'),
  ]);
  return { you, shop, capacity: 8, quickReplies, conversations, logs };
}

export function anOffer(): Frame {
  return {
    conversation: 'c-offer',
    fence: 1,
    expiresInMs: 20000,
    skill: 'presale',
    wish: { mode: 'WISH_STRICT', persona: 'lady' },
    visitor: visitor('v-bamboo', '竹影'),
    tier: 3,
    enteredMs: String(Date.now() - seconds(47)),
    preview: '你好呀，想问一下敏感肌能不能用你们家的山茶精华？之前用别家的烂脸了，有点怕。',
    returning: true,
  };
}
