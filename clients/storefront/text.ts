// The demo shop's own words and wares, in both languages.
export type Language = 'zh' | 'en';
type Both = Record<Language, string>;

export const text = {
  zh: {
    strip: '满 199 元包邮 · 每单附三份小样 · 30 天无理由退换',
    nav: ['新品', '护肤', '彩妆', '香氛', '关于我们'],
    bag: '购物袋',
    other: 'English',
    kicker: '第 26 批 · 十一月',
    title: ['把花瓣', '交给研究员。'],
    lead: '小批量，编好号，写清楚里面有什么、没有什么。三十六种花，九位配方师，一间不肯扩建的实验室。',
    shopNow: '看看这一批',
    talk: '先找人聊聊',
    best: '这一批大家都在买',
    bestSub: '每一支都写着批号，问客服就知道是谁调的。',
    add: '加入购物袋',
    added: '已加入',
    ask: '问问客服',
    counter: '柜台后面，四种脾气',
    counterSub: '我们从不假装所有人都喜欢同一种服务。自己选，今天想和谁说话。',
    meet: '找她们聊',
    promises: [
      ['先试后买', '正装之外附同款小样，小样不合适，正装原样退。'],
      ['三分钟内回复', '真人接待。排队时看得到前面还有几位。'],
      ['成分全公开', '每一种原料的比例范围都印在盒底。'],
    ],
    parcel: '包裹到哪儿了？',
    parcelSub: '报上订单号，两分钟内告诉您它在哪个城市。',
    parcelGo: '查物流',
    foot: '花瓣研究所是 Switchboard 的演示商店，这里的商品都买不到，聊天是真的。',
    quote: '“敏感肌用了两周，脸没红，钱包红了。”',
    quoteBy: '一位银花会员，第 24 批',
  },
  en: {
    strip: 'Free delivery over ¥199 · three samples with every order · 30 days to change your mind',
    nav: ['New', 'Skin', 'Colour', 'Scent', 'About'],
    bag: 'Bag',
    other: '中文',
    kicker: 'Batch 26 · November',
    title: ['Leave the petals', 'to the lab.'],
    lead: 'Small numbered batches that say what is in them and what is not. Thirty-six flowers, nine formulators, one laboratory that refuses to grow.',
    shopNow: 'See this batch',
    talk: 'Talk to someone first',
    best: 'What this batch is known for',
    bestSub: 'Each one carries its batch number. Ask us and we will tell you who mixed it.',
    add: 'Add to bag',
    added: 'Added',
    ask: 'Ask about it',
    counter: 'Four temperaments at the counter',
    counterSub: 'We never believed that everybody likes to be served the same way. Choose who you feel like talking to.',
    meet: 'Talk to them',
    promises: [
      ['Try before you keep', 'A sample of the same batch comes along. If it does not suit you, send the full size back unopened.'],
      ['An answer within three minutes', 'From a person. While you wait you see how many are before you.'],
      ['Everything on the label', 'The range of every ingredient is printed on the bottom of the box.'],
    ],
    parcel: 'Where is my parcel?',
    parcelSub: 'Tell us the order number and we tell you the city, within two minutes.',
    parcelGo: 'Find it',
    foot: 'Petal Lab is the demo shop of Switchboard. Nothing here can be bought. The chat is real.',
    quote: '“Two weeks on sensitive skin. My face did not turn red, only my bank account.”',
    quoteBy: 'a Silver petal, batch 24',
  },
};

export interface Product {
  art: 'dropper' | 'jar' | 'lipstick' | 'tube' | 'bottle' | 'palette' | 'perfume' | 'cushion';
  color: string;
  ground: string;
  name: Both;
  line: Both;
  price: number;
}

export const products: Product[] = [
  { art: 'dropper', color: '#c9698a', ground: '#f7e3e4', price: 268, name: { zh: '夜半玫瑰精华', en: 'Midnight Rose Serum' }, line: { zh: '晚上十点以后采的玫瑰，油而不腻', en: 'Roses picked after ten at night. Rich, never greasy.' } },
  { art: 'lipstick', color: '#b3262f', ground: '#f6dcd3', price: 159, name: { zh: '不好惹唇膏 07', en: 'Do Not Mess Lipstick 07' }, line: { zh: '正红，偏一点点坏', en: 'A true red with a slightly bad character.' } },
  { art: 'jar', color: '#7fae93', ground: '#e4efe6', price: 198, name: { zh: '晨露凝霜', en: 'Dew Gel Cream' }, line: { zh: '像早上六点的草地，化开就不见了', en: 'A lawn at six in the morning. Gone in a moment.' } },
  { art: 'palette', color: '#8a63c9', ground: '#e9e1f3', price: 229, name: { zh: '清醒梦六色盘', en: 'Lucid Six Palette' }, line: { zh: '三色上班，三色下班', en: 'Three for the office, three for after.' } },
  { art: 'bottle', color: '#d9a05b', ground: '#f8ecd7', price: 138, name: { zh: '桂花卸妆油', en: 'Osmanthus Cleansing Oil' }, line: { zh: '卸得掉防水睫毛膏，卸不掉桂花香', en: 'Takes off everything but the scent of October.' } },
  { art: 'perfume', color: '#c98c7b', ground: '#f5e5dd', price: 458, name: { zh: '旧书与栀子', en: 'Old Books & Gardenia' }, line: { zh: '图书馆靠窗的第二个座位', en: 'The second seat by the library window.' } },
  { art: 'tube', color: '#5f9fb0', ground: '#dfeef0', price: 89, name: { zh: '薄荷冰沙防晒', en: 'Mint Slush Sunscreen' }, line: { zh: 'SPF50，上脸降两度（心理上）', en: 'SPF 50. Two degrees cooler, at least in spirit.' } },
  { art: 'cushion', color: '#d7a999', ground: '#f7e9e3', price: 218, name: { zh: '没睡好气垫', en: 'Slept Badly Cushion' }, line: { zh: '替您睡了八个小时', en: 'It slept eight hours so you did not have to.' } },
];

export const temperaments = [
  { id: 'ladylike', color: '#b76e8f', sign: '淑', name: { zh: '淑女组', en: 'The Graceful' }, line: { zh: '慢慢说，我们有茶，也有耐心。', en: 'Take your time. There is tea.' } },
  { id: 'bold', color: '#c8372d', sign: '辣', name: { zh: '重口味', en: 'The Bold' }, line: { zh: '不绕弯，不客套，只推荐真能打的。', en: 'Straight talk, extra spice.' } },
  { id: 'fresh', color: '#3f9c7a', sign: '清', name: { zh: '小清新', en: 'The Fresh' }, line: { zh: '像清晨开窗，轻轻聊，慢慢变好看。', en: 'Light as a window opened in the morning.' } },
  { id: 'crazy', color: '#7a4fd0', sign: '疯', name: { zh: '疯癫组', en: 'The Unhinged' }, line: { zh: '正经事交给我们，正经脸交给别人。', en: 'Serious about skin. About nothing else.' } },
];
