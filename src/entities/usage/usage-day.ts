// The table `usage_day`: usage of closed days. It has a partition for each month, which is dropped as a whole when the month is
// too old. Nothing in it reveals which node reported, in which report, or in which order.
import { Entity } from 'typeorm';
import { checkedUsage, usageColumns } from './usage-columns.js';

@Entity('usage_day')
@checkedUsage('usage_day')
export class UsageDay extends usageColumns('usage_day') {}
